import pytest

from diffumin_tf.experiments.result_row import make_row
from diffumin_tf.experiments.variant import Variant
from tests.experiments.small_results import make_result, make_results

BASE = make_results("base", 0.6, 0.7)


def test_row_by_hand():
    runs = [
        make_result("model", 0, 0.65, gauc=0.6, log_loss=0.2, calibration=1.1, ece=0.1),
        make_result("model", 1, 0.75, gauc=0.8, log_loss=0.4, calibration=1.2, ece=0.1),
    ]
    variant = Variant("model", group="channels", published=0.6841)
    row = make_row(runs, variant, BASE, make_results("rival", 0.5, 0.6))
    assert (row.model, row.group, row.published) == ("model", "channels", 0.6841)
    assert (row.runs, row.is_reference) == (2, False)
    # The deviation of two is their distance over the root of 2.
    root = 2**0.5
    assert row.auc == pytest.approx((0.7, 0.1 / root))
    assert row.gauc == pytest.approx((0.7, 0.2 / root))
    assert row.log_loss == pytest.approx((0.3, 0.2 / root))
    assert row.calibration == pytest.approx((1.15, 0.1 / root))
    assert row.ece == pytest.approx((0.1, 0))
    assert (row.baseline.other, row.competitor.other) == ("base", "rival")
    assert row.baseline.value == pytest.approx(0.05)
    assert row.competitor.value == pytest.approx(0.15)


def test_baseline_is_not_held_against_itself():
    row = make_row(BASE, None, BASE)
    assert row.auc.mean == pytest.approx(0.65)
    assert (row.baseline, row.competitor) == (None, None)
    assert make_row(make_results("model", 0.6)).baseline is None


def test_quality_is_of_all_runs_or_none():
    runs = [make_result("model", 0, 0.6, ece=0.1), make_result("model", 1, 0.6)]
    row = make_row(runs)
    assert (row.ece, row.calibration) == (None, None)
    assert row.gauc.mean == 0.5


def test_costs_are_of_the_runs_that_have_them():
    runs = [
        make_result("model", 0, 0.6),  # As committed before costs were kept.
        make_result("model", 1, 0.6, table_parameters=80, other_parameters=7),
        make_result("model", 2, 0.6, request_ms=4.0, examples_per_second=100.0),
        make_result("model", 3, 0.6, request_ms=6.0, table_parameters=80),
    ]
    row = make_row(runs)
    assert (row.table_parameters, row.other_parameters) == (80, 7)
    assert row.request_ms == pytest.approx((5.0, 2**0.5))
    assert row.examples_per_second == (100.0, None)


def test_a_reference_has_no_variant():
    row = make_row([make_result("item popularity", None, 0.6, log_loss=None)], None)
    assert row.is_reference and row.auc == (0.6, None)
    assert (row.group, row.published, row.log_loss) == (None, None, None)
