"""All metrics of one evaluation, ready to be written as JSON."""

import numpy as np

from diffumin_tf import metrics
from diffumin_tf.metric_inputs import check_inputs

HISTORY_EDGES = (50, 200, 500, 1000, 2000, 5000)


def summarize(
    labels,
    scores,
    user_keys,
    history_lengths,
    seen_user_mask=None,
    true_ctr=None,
) -> dict:
    """Computes what `metrics.json` reports of a scored set of impressions.

    Args:
        labels: `[N]`, 0 or 1.
        scores: `[N]`, predicted click probabilities.
        user_keys: `[N]`, integers or strings.
        history_lengths: `[N]`, behaviours that the model saw before the impression.
        seen_user_mask: `[N]`, whether the user had impressions in training; adds the
            AUC of the other users.
        true_ctr: `[N]`, the true click probabilities where the data are synthetic;
            adds the AUC and log loss of a predictor that knows them.

    Returns:
        A flat dict of floats, ints and None, and the nested
        `auc_by_history_length`. A value that needs both classes, or a click, is
        None where they are missing.

    Raises:
        ValueError: If an input is malformed.
    """
    labels, scores = check_inputs(labels, scores, probabilities=True)
    everyone = np.ones(len(labels), bool)
    summary = {
        "impressions": len(labels),
        "click_rate": float(labels.mean()),
        "mean_prediction": float(scores.mean()),
        "auc": metrics.auc_where(labels, scores, everyone),
        **_grouped_auc(labels, scores, user_keys),
        "log_loss": metrics.log_loss(labels, scores),
        **_calibration(labels, scores),
        "auc_by_history_length": metrics.auc_by_bucket(
            labels, scores, history_lengths, HISTORY_EDGES
        ),
    }
    if seen_user_mask is not None:
        unseen = ~np.asarray(seen_user_mask, dtype=bool)
        summary["unseen_user_auc"] = metrics.auc_where(labels, scores, unseen)
        summary["unseen_user_impressions"] = int(unseen.sum())
    if true_ctr is not None:
        summary["bayes_auc"] = metrics.auc_where(labels, true_ctr, everyone)
        summary["bayes_log_loss"] = metrics.log_loss(labels, true_ctr)
    return summary


def _grouped_auc(labels, scores, user_keys):
    try:
        value, excluded = metrics.gauc(labels, scores, user_keys)
    except metrics.MissingClassError:
        value, excluded = None, 1.0
    return {"gauc": value, "gauc_excluded_share": excluded}


def _calibration(labels, scores):
    try:
        ratio, ece = metrics.calibration(labels, scores)
    except metrics.MissingClassError:
        ratio, ece = None, None
    return {"predicted_over_observed": ratio, "ece": ece}
