"""Checks of what is handed to the metrics, at their public edge."""

import numpy as np


class NaNScoreError(ValueError):
    """A score is NaN, as those of a model that diverged are."""


def check_inputs(labels, scores, probabilities=False):
    """Returns labels and scores as float64 `[N]`, or says what is wrong with them.

    Raises:
        ValueError: If there is no impression, shapes differ, a label is not 0 or 1, or,
            where `probabilities` are asked for, a score is outside [0, 1].
        NaNScoreError: If a score is NaN.
    """
    labels = np.asarray(labels, dtype=np.float64)
    if labels.ndim != 1 or not labels.size:
        shape = list(labels.shape)
        raise ValueError(f"labels must have shape [N] with N >= 1, got {shape}.")
    scores = check_column("scores", scores, labels).astype(np.float64)
    _refuse("labels must be 0 or 1", labels, (labels != 0) & (labels != 1))
    _refuse("scores must not be NaN", scores, np.isnan(scores), NaNScoreError)
    if probabilities:
        _refuse("scores must be in [0, 1]", scores, (scores < 0) | (scores > 1))
    return labels, scores


def check_weights(weights, labels):
    """Returns weights as float64 `[N]`: non-negative and finite, ones for None."""
    if weights is None:
        return np.ones_like(labels)
    weights = check_column("weights", weights, labels).astype(np.float64)
    wrong = ~np.isfinite(weights) | (weights < 0)
    _refuse("weights must be finite and non-negative", weights, wrong)
    return weights


def check_column(name, values, labels):
    """Returns `values` as an array, which must have the shape of `labels`."""
    values = np.asarray(values)
    if values.shape != labels.shape:
        raise ValueError(
            f"{name} must have one entry a label, shape {list(labels.shape)}, "
            f"got {list(values.shape)}."
        )
    return values


def _refuse(rule, values, wrong, error=ValueError):
    if wrong.any():
        index = int(np.argmax(wrong))
        raise error(f"{rule}, got {values[index]} at index {index}.")
