import numpy as np
import pytest

from diffumin_tf.experiments.auc_difference import AucDifference, resampled_auc
from tests.experiments.small_results import make_result, make_results

BASE = make_results("base", 0.6, 0.7, 0.8, resampled_auc=[0.7] * 1001)


def test_difference_by_hand():
    line = np.linspace(0.7, 0.8, 1001)
    found = AucDifference.between(
        make_results("model", 0.65, 0.8, 0.95, resampled_auc=line), BASE
    )
    assert found.other == "base"
    assert found.value == pytest.approx(0.1)
    # (.8 - .5) / (.7 - .5) - 1
    assert found.rela_impr == pytest.approx(50)
    # 2.5 % and 97.5 % of a straight line from 0 to .1.
    assert (found.low, found.high) == pytest.approx((0.0025, 0.0975))
    # All three differences have one sign, as in 2 of the 8 patterns.
    assert found.p_value == 0.25


def test_resamples_are_the_means_of_the_runs():
    runs = [make_result("a", seed, 0.5, (0.1 * seed, 0.4)) for seed in (1, 3)]
    assert resampled_auc(runs) == pytest.approx([0.2, 0.4])


def test_a_model_no_better_than_chance_has_no_rela_impr():
    chance = make_results("chance", 0.5, 0.5)
    found = AucDifference.between(make_results("model", 0.8, 0.8), chance)
    assert found.rela_impr is None
    assert found.value == pytest.approx(0.3)


def test_only_seeds_of_both_are_paired():
    base = make_results("base", 0.6, 0.7, 0.8)

    def p_value(*seeds):
        aucs = zip(seeds, (0.65, 0.8, 0.95), strict=False)
        runs = [make_result("model", seed, auc) for seed, auc in aucs]
        return AucDifference.between(runs, base).p_value

    assert p_value(2, 3, 4) is None  # One pair says nothing.
    # .8 against .8 and .95 against .6: of the sums only +-.35 occur.
    assert p_value(7, 2, 0) == 1.0
    assert p_value(None) is None
