"""What of the histories of one row a model reads."""

import numpy as np


def read_part(histories, fields, most=None):
    """Cuts the histories of a row as the graph that is served does.

    Args:
        histories: Name to array `[L]`, most recent behaviour first.
        fields: Names of some: behind the last position where one of them has a value
            there is padding. The graph looks at those that hold ids.
        most: Most behaviours that are read; None for all.

    Returns:
        The same names, with arrays that are all as long.
    """
    recent = {name: values[:most] for name, values in histories.items()}
    filled = np.any([has_value(recent[name]) for name in fields], axis=0)
    length = np.flatnonzero(filled)[-1] + 1 if filled.any() else 0
    return {name: values[:length] for name, values in recent.items()}


def has_value(values):
    """Whether each of some ids is one: 0 and the empty string are none."""
    return values != (b"" if values.dtype.kind == "O" else 0)
