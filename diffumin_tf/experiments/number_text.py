"""Figures as the tables show them."""

from diffumin_tf.experiments.marked_table import NONE


def decimals(value, places, sign=""):
    """The number without the 0 before its point: .7312, −.0102."""
    text = f"{value:{sign},.{places}f}".replace("-", "−")
    return text.replace("0.", ".", 1) if abs(value) < 1 else text


def percent(value):
    """A signed share in per cent, or a dash for None."""
    return NONE if value is None else f"{decimals(value, 2, '+')} %"


def spread(measure, places=4):
    """Mean ± deviation of a `Measure`, or a dash for None."""
    if measure is None:
        return NONE
    deviation = "" if measure.std is None else f" ± {decimals(measure.std, places)}"
    return decimals(measure.mean, places) + deviation


def interval(difference):
    """The value and interval of an `AucDifference`, or a dash for None."""
    if difference is None:
        return NONE
    value, low, high = (
        decimals(number, 4, "+")
        for number in (difference.value, difference.low, difference.high)
    )
    return f"{value} [{low}, {high}]"


def p_value(difference):
    """The p-value of an `AucDifference`, or a dash."""
    if difference is None or difference.p_value is None:
        return NONE
    return decimals(difference.p_value, 3)


def count(value):
    """A whole number, or a dash for None."""
    return NONE if value is None else f"{value:,}"
