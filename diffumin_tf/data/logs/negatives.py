"""Draws of items that a user was not seen with."""

import numpy as np

from diffumin_tf.data.hashing import splitmix64_numpy

ATTEMPTS = 32


def row_hashes(rows, seed, indices):
    """uint64 hashes of rows that depend on seed, user and the row's place alone."""
    seeds = splitmix64_numpy(np.int64(seed))
    keys = rows.user_keys[rows.owner[indices]].view(np.uint64)
    users = splitmix64_numpy((keys ^ seeds).view(np.int64))
    return splitmix64_numpy((users ^ rows.place[indices].astype(np.uint64)).view("i8"))


def draw_negatives(rows, positives, pools, sampling, first_visits):
    """Draws negatives for rows.

    A draw is repeated if it is an item that the user has a row with in the window
    (the positive is one), that was drawn for this positive before or, with
    `first_visits`, that the user met before.

    Args:
        rows: `UserRows`.
        positives: Rows to draw for, `[n]`; all are of one pool.
        pools: `WindowPools` that hold the window of each of them.
        sampling: `NegativeSampling`.
        first_visits: Whether impressions are first visits.

    Returns:
        Numbers of items `[n, per_positive]`, int64; -1 where none was found.
    """
    windows = rows.arrays["time"] // sampling.window_seconds
    group = _groups(rows.owner, windows)
    active = np.unique(rows.pair(group, rows.arrays["code"]))
    hashes = row_hashes(rows, sampling.seed, positives)
    found = np.full((len(positives), sampling.per_positive), -1, np.int64)
    for number in range(sampling.per_positive):
        pending = np.arange(len(positives))
        for attempt in range(number * ATTEMPTS, (number + 1) * ATTEMPTS):
            at = positives[pending]
            draws = (hashes[pending] + np.uint64(attempt)).view(np.int64)
            codes = pools.draw(windows[at], splitmix64_numpy(draws)).astype(np.int64)
            bad = _contains(active, rows.pair(group[at], codes))
            bad |= np.any(found[pending, :number] == codes[:, np.newaxis], axis=1)
            if first_visits:
                bad |= _met_before(rows, at, codes)
            found[pending[~bad], number] = codes[~bad]
            pending = pending[bad]
    return found


def _groups(owner, windows):
    """Numbers the pairs of user and window, which are runs of the sorted rows."""
    changes = (np.diff(owner) != 0) | (np.diff(windows) != 0)
    return np.r_[0, np.cumsum(changes)]


def _met_before(rows, at, codes):
    pairs, first_rows = rows.met
    wanted = rows.pair(rows.owner[at], codes)
    place = np.minimum(np.searchsorted(pairs, wanted), len(pairs) - 1)
    return (pairs[place] == wanted) & (first_rows[place] < at)


def _contains(values, wanted):
    """Whether sorted values hold each of those wanted."""
    place = np.minimum(np.searchsorted(values, wanted), len(values) - 1)
    return values[place] == wanted
