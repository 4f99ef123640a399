"""Statistics over the runs of a model that differ in their seeds."""

import numpy as np

_MOST_EXACT = 20
_RANDOM_FLIPS = 100_000


def mean_and_deviation(values):
    """The mean and the sample standard deviation (None of a single value)."""
    values = np.asarray(values, np.float64)
    deviation = float(values.std(ddof=1)) if len(values) > 1 else None
    return float(values.mean()), deviation


def sign_flip_p_value(differences):
    """Two-sided p-value of paired differences, by flipping their signs.

    If neither model were better, each seed's difference could as well have had the
    other sign. The value is the share of all sign patterns whose sum is at least as
    far from 0 as the one found, so with n seeds it is 2^(1-n) at the least.

    Args:
        differences: `[n]`, one a seed.

    Returns:
        The p-value; exact up to 20 seeds, of 100,000 random patterns beyond.
    """
    differences = np.asarray(differences, np.float64)
    if len(differences) > _MOST_EXACT:
        rng = np.random.default_rng(0)
        signs = rng.choice([-1.0, 1.0], (_RANDOM_FLIPS, len(differences)))
        # The pattern found is one of those that could have been.
        sums = np.append(signs @ differences, differences.sum())
    else:
        sums = np.zeros(1)
        for difference in differences:
            sums = np.concatenate([sums + difference, sums - difference])
    # Sums of the same numbers in another order may differ in the last digits.
    margin = 1e-12 * np.abs(differences).sum()
    return float(np.mean(np.abs(sums) >= abs(differences.sum()) - margin))
