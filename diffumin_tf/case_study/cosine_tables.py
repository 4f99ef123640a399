"""The cosines of a case as tables of text."""

import numpy as np

from diffumin_tf.case_study.cosines import PAIRS, cosines
from diffumin_tf.case_study.point import AUGMENTED, INTEREST, TARGET, TWIN
from diffumin_tf.data.description_tables import TextTable

NOTE = (
    "Cosines; of several draws of r*: their mean (least to largest). Directions that "
    "have nothing to do with each other have cosines of about ±{chance:.2f}, one over "
    "the root of the width {width}."
)
_BY_CHANNEL = [pair for pair in PAIRS if TWIN not in pair]
_SHORT = {INTEREST: "r", AUGMENTED: "r*"}
_NONE = "–"


def note(case):
    """What must be known to read the tables."""
    width = len(case.target.vector)
    return NOTE.format(chance=width**-0.5, width=width)


def cosine_tables(case):
    """Returns a `TextTable` by channel, and one of what TWIN selects if it is there."""
    found = cosines(case)
    tables = [_by_channel(case, found)]
    if chosen := case.of(TWIN):
        row = (f"{len(chosen):,}", _spread(_values(found, TARGET, TWIN)))
        columns = ("behaviours that TWIN selects", "target · behaviour")
        tables.append(TextTable(f"User {case.user_key}, TWIN", columns, (row,)))
    return tables


def _by_channel(case, found):
    target = case.target
    title = (
        f"User {case.user_key}: {target.ids_text}, clicked {target.when}, click "
        f"probability {target.score:.3f}"
    )
    columns = ("channel", "behaviours", *map(_pair_name, _BY_CHANNEL))
    rows = [
        (
            str(interest.channel),
            f"{interest.behaviours:,}",
            *[_spread(_values(found, *pair, interest.channel)) for pair in _BY_CHANNEL],
        )
        for interest in case.of(INTEREST)
    ]
    return TextTable(title, columns, (*rows,))


def _pair_name(pair):
    return " · ".join(_SHORT.get(kind, kind) for kind in pair)


def _values(found, first, second, channel=None):
    return [
        cosine.value
        for cosine in found
        if (cosine.first.kind, cosine.second.kind) == (first, second)
        and channel in (None, cosine.second.channel)
        and cosine.value is not None
    ]


def _spread(values):
    """A value, or the mean of several with the least and the largest."""
    if not values:
        return _NONE
    mean = f"{np.mean(values):.3f}"
    if len(values) == 1:
        return mean
    return f"{mean} ({min(values):.3f} to {max(values):.3f})"
