"""The summary that becomes `metrics.json`."""

import json

import pytest

from diffumin_tf.metric_summary import summarize

LABELS = [1, 0, 0, 1]
SCORES = [0.8, 0.4, 0.6, 0.2]


def test_summary_by_hand():
    summary = summarize(
        LABELS,
        SCORES,
        user_keys=[7, 7, 8, 8],
        history_lengths=[10, 20, 7000, 8000],
        seen_user_mask=[True, True, False, False],
        true_ctr=[0.9, 0.1, 0.1, 0.9],
    )
    assert summary["impressions"] == 4
    assert summary["click_rate"] == 0.5
    assert summary["mean_prediction"] == pytest.approx(0.5)
    assert summary["auc"] == 0.5
    assert summary["gauc"] == 0.5
    assert summary["gauc_excluded_share"] == 0.0
    assert summary["predicted_over_observed"] == pytest.approx(1.0)
    assert summary["auc_by_history_length"]["<50"] == {"auc": 1.0, "impressions": 2}
    assert summary["auc_by_history_length"][">=5000"]["auc"] == 0.0
    assert summary["unseen_user_auc"] == 0.0
    assert summary["unseen_user_impressions"] == 2
    assert summary["bayes_auc"] == 1.0
    assert summary["bayes_log_loss"] == pytest.approx(0.10536, abs=1e-5)


def test_summary_is_json_and_leaves_out_what_was_not_asked():
    summary = summarize(LABELS, SCORES, ["a", "a", "b", "b"], [1, 2, 3, 4])
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    assert "unseen_user_auc" not in summary
    assert "bayes_auc" not in summary


def test_missing_classes_give_none_and_not_an_error():
    summary = summarize([0, 0], [0.1, 0.2], [1, 1], [5, 5])
    assert summary["auc"] is None
    assert summary["gauc"] is None
    assert summary["gauc_excluded_share"] == 1.0
    assert summary["predicted_over_observed"] is None
    assert summary["log_loss"] == pytest.approx(0.16425, abs=1e-5)
