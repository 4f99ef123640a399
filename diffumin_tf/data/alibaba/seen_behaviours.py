"""Which behaviours any impression sees among its most recent ones."""

import numpy as np


def seen_behaviours(first, end, sequence_length, num_behaviours):
    """Marks the behaviours to keep, and says how many of them each impression sees.

    Args:
        first: int64 `[m]`, place of the first behaviour of the impression's user.
        end: int64 `[m]`, place after the last behaviour that the impression sees.
        sequence_length: How many of the most recent ones are of use; None for all.
        num_behaviours: Number of behaviours, n.

    Returns:
        `(seen, lengths)`, `[n]` and `[m]`: whether a behaviour is kept, and how many
        of those kept belong to the impression's prefix.
    """
    start = first
    if sequence_length is not None:
        start = np.maximum(first, end - sequence_length)
    opened, closed = (
        np.bincount(at, minlength=num_behaviours + 1) for at in (start, end)
    )
    seen = np.cumsum(opened - closed)[:num_behaviours] > 0
    before = np.r_[0, np.cumsum(seen)]
    return seen, before[end] - before[first]
