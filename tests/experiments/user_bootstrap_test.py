"""The bootstrap against loops over pairs and over users."""

import numpy as np
import pytest

from diffumin_tf.experiments.user_bootstrap import UserBootstrap
from diffumin_tf.metrics import MissingClassError


def _impressions(seed=0, users=9, count=60):
    """Labels, user keys in no order, and scores with ties."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, count).astype(float)
    keys = 1000 - 7 * rng.integers(0, users, count)
    return labels, keys, rng.integers(0, 12, count) / 12


def _pairwise_auc(labels, scores):
    clicks, others = scores[labels == 1], scores[labels == 0]
    wins = (clicks[:, None] > others).sum() + (clicks[:, None] == others).sum() / 2
    return wins / (len(clicks) * len(others))


def test_auc_of_each_resample_is_that_of_its_impressions_written_out():
    labels, keys, scores = _impressions()
    bootstrap = UserBootstrap(labels, keys, num_samples=20, seed=3)
    names = np.unique(keys)
    assert bootstrap.num_users == len(names)
    for sample, auc in enumerate(bootstrap.auc(scores)):
        counts = bootstrap.draw(sample)
        assert counts.sum() == len(names)
        rows = [
            row
            for name, count in zip(names, counts, strict=True)
            for row in np.tile(np.flatnonzero(keys == name), count)
        ]
        # Sums of whole and half numbers: nothing is rounded but the quotient.
        assert auc == pytest.approx(_pairwise_auc(labels[rows], scores[rows]), 1e-15)


def test_draws_are_the_same_for_all_models_and_differ_by_seed():
    labels, keys, _ = _impressions()
    one, same = (UserBootstrap(labels, keys, 5, seed=1) for _ in range(2))
    other = UserBootstrap(labels, keys, 5, seed=2)
    for sample in range(5):
        np.testing.assert_array_equal(one.draw(sample), same.draw(sample))
    assert any((one.draw(s) != other.draw(s)).any() for s in range(5))
    assert any((one.draw(0) != one.draw(s)).any() for s in range(1, 5))


def test_spread_is_that_of_independent_users():
    # 400 users with one impression each: the deviation of the AUC has a formula
    # (Hanley and McNeil), here for scores that say nothing.
    rng = np.random.default_rng(0)
    labels, scores = np.tile([0.0, 1.0], 200), rng.normal(size=400)
    aucs = UserBootstrap(labels, np.arange(400), num_samples=2000).auc(scores)
    assert aucs.std() == pytest.approx(np.sqrt(1 / 12 * 401 / 200**2), rel=0.1)


def test_a_draw_with_one_class_is_drawn_anew():
    labels, keys = np.array([1.0, 0.0, 0.0, 0.0]), np.arange(4)
    bootstrap = UserBootstrap(labels, keys, num_samples=200)
    assert all(bootstrap.draw(s)[0] > 0 for s in range(200))
    assert np.isfinite(bootstrap.auc(np.array([0.4, 0.1, 0.6, 0.2]))).all()


def test_error_one_class():
    with pytest.raises(MissingClassError, match="3 clicks in 3 impressions"):
        UserBootstrap(np.ones(3), np.arange(3))


def test_error_other_number_of_scores():
    bootstrap = UserBootstrap(np.array([0.0, 1.0]), np.arange(2))
    with pytest.raises(ValueError, match="scores must have one entry a label"):
        bootstrap.auc(np.ones(3))
