import numpy as np
import pytest

from diffumin_tf.experiments.scored_impressions import ScoredImpressions, fingerprint

_LABELS = np.array([1, 0, 0, 1], np.float32)
_KEYS = np.array([7, 7, 8, 8])
_SCORES = np.array([0.8, 0.4, 0.6, 0.5], np.float32)


def _result(labels=_LABELS, keys=_KEYS, seed=3):
    return ScoredImpressions(labels, keys, 5, seed=2).result("A", seed, _SCORES, "abc")


def test_figures_by_hand():
    result = _result()
    # Three of four pairs are in order; one of two users.
    assert (result.auc, result.gauc) == (0.75, 0.5)
    expected = -np.log([0.8, 0.6, 0.4, 0.5]).mean()
    assert result.log_loss == pytest.approx(expected, rel=1e-6)  # float32 scores.
    # 2.3 clicks predicted of 2; each score is a bin of its own.
    assert result.calibration == pytest.approx(2.3 / 2)
    assert result.ece == pytest.approx((0.2 + 0.4 + 0.6 + 0.5) / 4)
    assert (result.model, result.seed, result.configuration) == ("A", 3, "abc")
    assert (result.num_impressions, result.num_users) == (4, 2)
    # Whole users: only the first, only the second, or both.
    assert len(result.resampled_auc) == 5 and result.bootstrap_seed == 2
    assert set(result.resampled_auc) <= {1.0, 0.0, 0.75}


def test_a_predictor_without_a_seed_gives_no_probabilities():
    result = _result(seed=None)
    assert (result.log_loss, result.calibration, result.ece) == (None, None, None)


def test_no_gauc_where_no_user_has_both_classes():
    assert _result(labels=np.array([1, 1, 0, 0], np.float32)).gauc is None


def test_fingerprints_tell_impressions_apart():
    first, same = _result(), _result(_LABELS.astype(int), _KEYS.astype("int32"))
    assert (first.label, first.user_key) == (same.label, same.user_key)
    labels, keys = _result(1 - _LABELS), _result(keys=_KEYS + 1)
    assert labels.label != first.label and labels.user_key == first.user_key
    assert keys.label == first.label and keys.user_key != first.user_key
    # The first 16 digits of the SHA-256 of nothing.
    assert fingerprint(b"") == "e3b0c44298fc1c14"


def test_error_scores_of_another_length():
    impressions = ScoredImpressions(_LABELS, _KEYS, 5)
    with pytest.raises(ValueError, match="scores must have one entry a label"):
        impressions.result("short", None, np.arange(3))
