"""Metrics against numbers worked out by hand and against definitions in loops."""

import numpy as np
import pytest

from diffumin_tf import metrics
from diffumin_tf.metric_inputs import NaNScoreError


def auc_over_pairs(labels, scores, weights):
    """The definition: every (click, non-click) pair, one by one."""
    won = total = 0.0
    for i in np.flatnonzero(labels == 1):
        for j in np.flatnonzero(labels == 0):
            pair = weights[i] * weights[j]
            won += pair * (
                float(scores[i] > scores[j]) + 0.5 * (scores[i] == scores[j])
            )
            total += pair
    return won / total


def draw(seed, n=200, levels=12, users=15):
    """Random labels, heavily tied scores, weights and users."""
    rng = np.random.default_rng(seed)
    return (
        rng.integers(0, 2, n),
        rng.integers(0, levels, n) / levels,
        rng.random(n),
        rng.integers(0, users, n),
    )


def test_auc_by_hand():
    # Clicks score 3 and 1, non-clicks 2 and 1: pairs win, win, lose, tie.
    assert metrics.auc([1, 0, 1, 0], [3.0, 2.0, 1.0, 1.0]) == (1 + 1 + 0 + 0.5) / 4


def test_auc_ignores_order_and_monotone_maps():
    labels, scores, _, _ = draw(0)
    order = np.random.default_rng(1).permutation(len(labels))
    expected = metrics.auc(labels, scores)
    assert metrics.auc(labels[order], np.exp(5 * scores[order])) == expected


@pytest.mark.parametrize("seed", range(3))
def test_auc_equals_the_count_over_pairs(seed):
    labels, scores, weights, _ = draw(seed)
    ones = np.ones(len(labels))
    assert metrics.auc(labels, scores) == auc_over_pairs(labels, scores, ones)
    np.testing.assert_allclose(
        metrics.auc(labels, scores, weights),
        auc_over_pairs(labels, scores, weights),
        rtol=1e-12,
    )


def test_auc_of_a_missing_class():
    with pytest.raises(metrics.MissingClassError, match="got 0 clicks in 2"):
        metrics.auc([0, 0], [0.1, 0.2])
    with pytest.raises(metrics.MissingClassError, match="got 2 clicks in 2"):
        metrics.auc([1, 1], [0.1, 0.2])
    with pytest.raises(metrics.MissingClassError):
        metrics.auc([1, 0], [0.1, 0.2], weights=[1.0, 0.0])


def test_gauc_by_hand():
    # "a": 1 click, 2 others, AUC 1/2. "b": 2 clicks, 3 others, AUC 1.
    # "c": only clicks, left out with its 2 of 10 impressions.
    keys = list("aaa" + "bbbbb" + "cc")
    labels = [1, 0, 0] + [1, 1, 0, 0, 0] + [1, 1]
    scores = [2, 1, 3] + [9, 8, 1, 1, 1] + [5, 6]
    by_impressions = metrics.gauc(labels, scores, keys)
    assert by_impressions.value == pytest.approx((3 * 0.5 + 5 * 1.0) / 8)
    assert by_impressions.excluded_share == pytest.approx(0.2)
    by_clicks = metrics.gauc(labels, scores, keys, weights="clicks")
    assert by_clicks.value == pytest.approx((1 * 0.5 + 2 * 1.0) / 3)
    plain = metrics.gauc(labels, scores, keys, weights="none")
    assert plain.value == pytest.approx(0.75)


@pytest.mark.parametrize("seed", range(3))
def test_gauc_equals_a_loop_over_users(seed):
    labels, scores, _, users = draw(seed, n=60, users=25)
    values, counts = [], []
    for user in np.unique(users):
        mine = users == user
        if 0 < labels[mine].sum() < mine.sum():
            ones = np.ones(mine.sum())
            values.append(auc_over_pairs(labels[mine], scores[mine], ones))
            counts.append(mine.sum())
    value, excluded = metrics.gauc(labels, scores, users)
    assert value == pytest.approx(np.average(values, weights=counts), rel=1e-12)
    assert excluded == pytest.approx(1 - sum(counts) / 60)
    assert excluded > 0


def test_gauc_errors():
    with pytest.raises(ValueError, match="weights must be one of .* got 'users'"):
        metrics.gauc([1, 0], [1, 0], [1, 1], weights="users")
    with pytest.raises(metrics.MissingClassError, match="none among 2 users"):
        metrics.gauc([1, 0], [1, 0], [1, 2])
    with pytest.raises(ValueError, match=r"user_keys .* \[2\], got \[3\]"):
        metrics.gauc([1, 0], [1, 0], [1, 1, 1])


def test_auc_where():
    labels, scores = [1, 0, 0, 1], [0.9, 0.1, 0.8, 0.7]
    mask = np.array([False, False, True, True])
    assert metrics.auc_where(labels, scores, mask) == 0.0
    assert metrics.auc_where(labels, scores, ~mask) == 1.0
    only_clicks = np.array([True, False, False, True])
    assert metrics.auc_where(labels, scores, only_clicks) is None
    assert metrics.auc_where(labels, scores, np.zeros(4, bool)) is None
    with pytest.raises(ValueError, match="mask must be boolean, got dtype int"):
        metrics.auc_where(labels, scores, [0, 0, 1, 1])


def test_auc_by_bucket():
    found = metrics.auc_by_bucket(
        labels=[1, 0, 1, 0, 1],
        scores=[0.9, 0.1, 0.2, 0.3, 0.5],
        values=[0, 9, 10, 99, 100],
        edges=(10, 100),
    )
    assert found == {
        "<10": {"auc": 1.0, "impressions": 2},
        "[10, 100)": {"auc": 0.0, "impressions": 2},
        ">=100": {"auc": None, "impressions": 1},
    }
    with pytest.raises(ValueError, match=r"increasing and not empty, got \[5, 5\]"):
        metrics.auc_by_bucket([1, 0], [1, 0], [1, 1], [5, 5])


def test_rela_impr_gives_the_papers_numbers():
    # Table 2, industry: DIN(S) .6740 is the base.
    assert metrics.rela_impr(0.6841, 0.6740) == pytest.approx(5.80, abs=5e-3)
    assert metrics.rela_impr(0.6736, 0.6740) == pytest.approx(-0.23, abs=5e-3)
    with pytest.raises(ValueError, match="above 0.5, got 0.5"):
        metrics.rela_impr(0.6, 0.5)


def test_log_loss():
    expected = -(np.log(0.8) + np.log(0.75)) / 2
    assert metrics.log_loss([1, 0], [0.8, 0.25]) == pytest.approx(expected)
    # A certain and wrong prediction is clipped, not infinite.
    assert metrics.log_loss([0], [1.0], epsilon=1e-3) == pytest.approx(-np.log(1e-3))
    assert metrics.log_loss([1], [1.0]) == pytest.approx(1e-7, rel=1e-6)


def test_calibration_by_hand():
    # Two bins of three. Low: predicted .1 .2 .3, one click: |.6 - 1|.
    # High: predicted .6 .7 .8, one click: |2.1 - 1|.
    labels = [0, 1, 0, 1, 0, 0]
    ratio, ece = metrics.calibration(labels, [0.1, 0.2, 0.3, 0.6, 0.7, 0.8], 2)
    assert ratio == pytest.approx(2.7 / 2)
    assert ece == pytest.approx((0.4 + 1.1) / 6)


def test_calibration_of_equal_scores_ignores_the_order():
    # Sorted labels in tied scores must not look like miscalibration.
    ratio, ece = metrics.calibration([0] * 50 + [1] * 50, [0.5] * 100, 10)
    assert ratio == 1.0
    assert ece == pytest.approx(0.0)


def test_calibration_errors():
    with pytest.raises(metrics.MissingClassError, match="got 0 in 2"):
        metrics.calibration([0, 0], [0.1, 0.2])
    with pytest.raises(ValueError, match="num_bins must be at least 1, got 0"):
        metrics.calibration([1, 0], [0.1, 0.2], 0)


@pytest.mark.parametrize(
    ("labels", "scores", "message"),
    [
        ([1, 0], [0.5, np.nan], "must not be NaN, got nan at index 1"),
        ([1, 2], [0.5, 0.5], r"0 or 1, got 2\.0 at index 1"),
        ([1, np.nan], [0.5, 0.5], "0 or 1, got nan at index 1"),
        ([1, 0], [0.5], r"one entry a label, shape \[2\], got \[1\]"),
        ([[1, 0]], [[0.5, 0.5]], r"\[N\] with N >= 1, got \[1, 2\]"),
        ([], [], r"N >= 1, got \[0\]"),
    ],
)
def test_malformed_inputs(labels, scores, message):
    with pytest.raises(ValueError, match=message):
        metrics.auc(labels, scores)


def test_nan_scores_are_told_from_other_errors():
    with pytest.raises(NaNScoreError):
        metrics.log_loss([1, 0], [0.5, np.nan])
    with pytest.raises(ValueError) as caught:
        metrics.log_loss([1, np.nan], [0.5, 0.5])
    assert not isinstance(caught.value, NaNScoreError)


def test_malformed_probabilities_and_weights():
    with pytest.raises(ValueError, match=r"in \[0, 1\], got 1\.5 at index 1"):
        metrics.log_loss([1, 0], [0.5, 1.5])
    with pytest.raises(ValueError, match=r"in \[0, 1\], got -0\.5 at index 0"):
        metrics.calibration([1, 0], [-0.5, 0.5])
    with pytest.raises(ValueError, match=r"non-negative, got -1\.0 at index 1"):
        metrics.auc([1, 0], [0.5, 0.5], weights=[1, -1])
