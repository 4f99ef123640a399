"""From the lists of rows to their histories.

The rule, for lists of whatever length: the k-th entries from the most recent end
belong to one behaviour. An entry that is empty, or beyond the end of its list, is no
value. A behaviour without any value is left out, and so is all but the most recent.
"""

import numpy as np


def histories(lists, max_length, most_recent_first):
    """Joins the lists of R rows.

    Args:
        lists: Name to `(ids, counts)`: int64 `[V]`, 0 for an empty entry, one row's
            after the other's, and how many entries each row has `[R]`.
        max_length: Most behaviours of a row that are kept.
        most_recent_first: Whether lists begin with the most recent behaviour.

    Returns:
        `(columns, counts)`: name to int64 `[B]`, **oldest first** in each row, and how
        many behaviours each row has `[R]`.
    """
    longest = np.max([counts for _, counts in lists.values()], axis=0)
    starts = np.cumsum(longest) - longest
    columns = {
        name: _aligned(ids, counts, longest, starts, most_recent_first)
        for name, (ids, counts) in lists.items()
    }
    known = np.any([ids != 0 for ids in columns.values()], axis=0)
    kept, counts = _most_recent(known, longest, max_length)
    kept = _turned(kept, counts)
    return {name: ids[kept] for name, ids in columns.items()}, counts


def _aligned(ids, counts, longest, starts, most_recent_first):
    """Entries at their behaviour's place, the most recent first; 0 where none is."""
    places = _places(counts)
    if not most_recent_first:
        places = np.repeat(counts, counts) - 1 - places
    aligned = np.zeros(np.sum(longest), np.int64)
    aligned[np.repeat(starts, counts) + places] = ids
    return aligned


def _most_recent(known, longest, max_length):
    """The first `max_length` known behaviours of each row, and their number."""
    kept, owners = np.flatnonzero(known), np.repeat(np.arange(len(longest)), longest)
    counts = np.bincount(owners[kept], minlength=len(longest))
    return kept[_places(counts) < max_length], np.minimum(counts, max_length)


def _turned(values, counts):
    """The values of each row in the opposite order."""
    last = np.cumsum(counts) - 1
    return values[np.repeat(last, counts) - _places(counts)]


def _places(counts):
    """0, 1, ... within each row."""
    starts = np.cumsum(counts) - counts
    return np.arange(np.sum(counts)) - np.repeat(starts, counts)
