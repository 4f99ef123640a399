"""Lloyd's k-means on the few points of one user."""

import numpy as np


def k_means(points, count, rng, num_rounds=20):
    """Splits points into groups around their means.

    Args:
        points: `[n, m]` float.
        count: int, most groups.
        rng: `np.random.Generator`, for the points that the means start from.
        num_rounds: Most rounds; fewer where nothing changes any more.

    Returns:
        `[n]` int, the group of each point; some of the numbers may be free.
    """
    starts = np.unique(points, axis=0)
    chosen = rng.permutation(len(starts))[:count]
    means, groups = starts[np.sort(chosen)], None
    for _ in range(num_rounds):
        before, groups = groups, squared_distances(points, means).argmin(axis=1)
        if before is not None and np.array_equal(before, groups):
            break
        for group in np.unique(groups):
            means[group] = points[groups == group].mean(axis=0)
    return groups


def squared_distances(points, means):
    """`[n, k]` squared distances of `[n, m]` points and `[k, m]` means."""
    products = points @ means.T
    squares = np.square(points).sum(axis=1)[:, None] + np.square(means).sum(axis=1)
    return np.maximum(squares - 2 * products, 0)
