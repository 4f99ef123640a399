import itertools

import numpy as np
import pytest

from diffumin_tf.experiments.seed_statistics import (
    mean_and_deviation,
    sign_flip_p_value,
)


def test_mean_and_sample_deviation_by_hand():
    # Deviations -1, 0, 1: squares sum to 2, over 3 - 1.
    assert mean_and_deviation([0.5, 1.5, 2.5]) == (1.5, 1.0)
    assert mean_and_deviation([0.7]) == (0.7, None)


def test_p_value_by_hand():
    # Of the 8 patterns only +++ and --- reach the sum 6.
    assert sign_flip_p_value([1.0, 2.0, 3.0]) == 2 / 8
    # All but ++-, --+ and their like, of sum 0, are as far as 2.
    assert sign_flip_p_value([1.0, -2.0, 3.0]) == 6 / 8
    assert sign_flip_p_value([0.0, 0.0]) == 1.0
    assert sign_flip_p_value([0.3]) == 1.0


@pytest.mark.parametrize("seed", range(5))
def test_p_value_is_the_share_of_all_patterns(seed):
    differences = np.random.default_rng(seed).normal(0.4, 1, 7)
    found = abs(differences.sum())
    patterns = itertools.product([1, -1], repeat=7)
    far = [abs(np.dot(p, differences)) >= found - 1e-9 for p in patterns]
    assert sign_flip_p_value(differences) == np.mean(far)


def test_p_value_of_many_seeds_is_sampled_close_to_the_exact_one():
    # 21 equal differences: the share of |sum| >= 21 - 2 * 5, binomial tails.
    differences = np.array([1.0] * 16 + [-1.0] * 5)
    tail = sum(np.prod([(21 - i) / (i + 1) for i in range(k)]) for k in range(6)) * (
        2 / 2**21
    )
    assert sign_flip_p_value(differences) == pytest.approx(tail, abs=0.001)
    assert sign_flip_p_value(differences) == sign_flip_p_value(differences)
