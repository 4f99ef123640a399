"""Which end of a list is the most recent, as far as `timediff_list` tells."""


def timediff_order(texts):
    """Counts the rows whose list rises, and those whose list falls, from end to end.

    If the numbers say how long ago a behaviour was, those lists rise that begin with
    the most recent one.

    Args:
        texts: `timediff_list` of some rows, byte strings.

    Returns:
        `(rising, falling)`.
    """
    steps = [_step(text) for text in texts]
    return sum(step > 0 for step in steps), sum(step < 0 for step in steps)


def _step(text):
    """The last number less the first; 0 where that says nothing."""
    numbers = [entry for entry in text.split(b";") if entry]
    try:
        return float(numbers[-1]) - float(numbers[0])
    except (IndexError, ValueError):
        return 0.0
