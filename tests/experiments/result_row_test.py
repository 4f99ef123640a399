import numpy as np
import pytest

from diffumin_tf.experiments.result_row import ModelScores, make_row

BASE = ModelScores(
    name="base",
    seeds=(0, 1, 2),
    aucs=(0.6, 0.7, 0.8),
    gaucs=(0.5, 0.6, 0.7),
    log_losses=(0.3, 0.3, 0.3),
    resampled_auc=np.full(1001, 0.7),
)


def _scores(**changes):
    arguments = {
        "name": "model",
        "seeds": (0, 1, 2),
        "aucs": (0.65, 0.8, 0.95),
        "gaucs": (0.6, None, 0.7),
        "log_losses": (0.2, 0.4, 0.6),
        "resampled_auc": np.linspace(0.7, 0.8, 1001),
    }
    return ModelScores(**{**arguments, **changes})


def test_row_by_hand():
    row = make_row(_scores(), BASE)
    assert (row.model, row.runs) == ("model", 3)
    assert (row.auc, row.auc_std) == pytest.approx((0.8, 0.15))
    # (.8 - .5) / (.7 - .5) - 1
    assert row.rela_impr == pytest.approx(50)
    assert row.difference == pytest.approx(0.1)
    # 2.5 % and 97.5 % of a straight line from 0 to .1.
    assert (row.low, row.high) == pytest.approx((0.0025, 0.0975))
    # All three differences have one sign, as in 2 of the 8 patterns.
    assert row.p_value == 0.25
    assert (row.gauc, row.gauc_std) == (None, None)
    assert (row.log_loss, row.log_loss_std) == pytest.approx((0.4, 0.2))


def test_baseline_is_not_held_against_itself():
    row = make_row(BASE, BASE)
    assert row.auc == pytest.approx(0.7)
    assert (row.rela_impr, row.difference, row.low, row.p_value) == (None,) * 4
    assert make_row(_scores()).difference is None


def test_a_baseline_no_better_than_chance_has_no_rela_impr():
    base = _scores(name="base", aucs=(0.5, 0.5, 0.5))
    row = make_row(_scores(), base)
    assert row.rela_impr is None
    assert row.difference == pytest.approx(0.3)


def test_only_seeds_of_both_are_paired():
    found = make_row(_scores(seeds=(2, 3, 4)), BASE)
    assert found.p_value is None  # One pair says nothing.
    # .8 against .8 and .95 against .6: of the sums only +-.35 occur.
    assert make_row(_scores(seeds=(7, 2, 0)), BASE).p_value == 1.0
    reference = _scores(seeds=(None,), aucs=(0.6,), gaucs=(0.6,), log_losses=(None,))
    row = make_row(reference, BASE)
    assert (row.auc_std, row.p_value, row.log_loss) == (None, None, None)
