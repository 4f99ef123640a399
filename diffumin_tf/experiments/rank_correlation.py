"""Whether two lists of figures have the same order."""

import numpy as np


def rank_correlation(first, second):
    """Spearman's rank correlation: 1 for one order, -1 for the reverse.

    Args:
        first: `[n]` numbers; equal ones share the mean of their ranks.
        second: `[n]`.

    Returns:
        The correlation; None of fewer than three pairs, which say nothing, or where
        all numbers of a list are equal.
    """
    ranks = [_ranks(np.asarray(values, np.float64)) for values in (first, second)]
    if len(ranks[0]) < 3 or any(rank.std() == 0 for rank in ranks):
        return None
    return float(np.corrcoef(*ranks)[0, 1])


def _ranks(values):
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(count) - (count - 1) / 2)[place]
