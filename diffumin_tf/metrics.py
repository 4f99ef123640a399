"""Exact ranking and calibration metrics of click predictions, in NumPy.

`labels` are clicks (0 or 1) and `scores` the model's outputs, one entry an
impression. Ranking metrics take any scores; `log_loss` and `calibration` need
probabilities. Ranking is exact: no thresholds and no sampling.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from diffumin_tf.metric_inputs import check_column, check_inputs, check_weights

GAUC_WEIGHTS = ("impressions", "clicks", "none")


class MissingClassError(ValueError):
    """A metric was asked of impressions that lack the clicks or the non-clicks."""


class GroupedAUC(NamedTuple):
    """AUC within users: the mean, and the share of impressions without a say."""

    value: float
    excluded_share: float


class Calibration(NamedTuple):
    """Predicted over observed clicks, and the expected calibration error."""

    ratio: float
    ece: float


def auc(labels, scores, weights=None) -> float:
    """The probability that a click outscores a non-click; a tie counts one half.

    Args:
        labels: `[N]`, 0 or 1.
        scores: `[N]`, any real numbers.
        weights: `[N]`, non-negative importance of each impression, or None for
            equal ones. A pair weighs the product of its two weights.

    Returns:
        The exact area under the ROC curve.

    Raises:
        MissingClassError: If one of the classes is missing or weighs nothing.
        ValueError: If an input is malformed.
    """
    labels, scores = check_inputs(labels, scores)
    weights = check_weights(weights, labels)
    one_group = np.zeros(len(labels), int)
    wins, clicks, others = _wins(one_group, labels, scores, weights)
    if clicks[0] == 0 or others[0] == 0:
        raise MissingClassError(
            "auc needs at least one click and one non-click, got "
            f"{int(labels.sum())} clicks in {len(labels)} impressions."
        )
    return float(wins[0] / (clicks[0] * others[0]))


def gauc(labels, scores, user_keys, weights="impressions") -> GroupedAUC:
    """The mean over users of the AUC among each user's own impressions.

    A user whose impressions are all clicks or all non-clicks has no AUC and is
    left out; the share of impressions lost that way is returned beside the value.

    Args:
        labels: `[N]`, 0 or 1.
        scores: `[N]`, any real numbers.
        user_keys: `[N]`, integers or strings, equal for one user's impressions.
        weights: What a user counts for in the mean: "impressions" (how many the
            user has; the usual definition), "clicks" (how many were clicked), or
            "none" (every user the same).

    Returns:
        `(value, excluded_share)`.

    Raises:
        MissingClassError: If no user has both classes.
        ValueError: If an input is malformed.
    """
    if weights not in GAUC_WEIGHTS:
        raise ValueError(f"weights must be one of {GAUC_WEIGHTS}, got {weights!r}.")
    labels, scores = check_inputs(labels, scores)
    users = np.unique(
        check_column("user_keys", user_keys, labels), return_inverse=True
    )[1]
    wins, clicks, others = _wins(users, labels, scores, np.ones(len(labels)))
    valid = (clicks > 0) & (others > 0)
    if not valid.any():
        raise MissingClassError(
            "gauc needs a user with both a click and a non-click, got none among "
            f"{len(clicks)} users."
        )
    value = wins[valid] / (clicks * others)[valid]
    counts = clicks + others
    share = {"impressions": counts, "clicks": clicks, "none": np.ones_like(counts)}
    return GroupedAUC(
        float(np.average(value, weights=share[weights][valid])),
        float(counts[~valid].sum() / counts.sum()),
    )


def auc_where(labels, scores, mask) -> float | None:
    """The AUC of the impressions where `mask` `[N]` holds, or None.

    None where the selected impressions lack a click or a non-click: a part of a
    test set may well do, and that is no mistake of the caller's.
    """
    labels, scores = check_inputs(labels, scores)
    mask = check_column("mask", mask, labels)
    if mask.dtype != bool:
        raise ValueError(f"mask must be boolean, got dtype {mask.dtype}.")
    if not mask.any():
        return None
    try:
        return auc(labels[mask], scores[mask])
    except MissingClassError:
        return None


def auc_by_bucket(labels, scores, values, edges) -> dict[str, dict]:
    """The AUC within ranges of another quantity, such as the history's length.

    Args:
        labels: `[N]`, 0 or 1.
        scores: `[N]`, any real numbers.
        values: `[N]`, the quantity that decides an impression's bucket.
        edges: Increasing boundaries; m edges make m + 1 half-open buckets, the
            first and the last unbounded.

    Returns:
        `{"<10": {"auc": ..., "impressions": ...}, "[10, 100)": ..., ">=100": ...}`,
        with None for the AUC of a bucket that lacks a class.

    Raises:
        ValueError: If an input is malformed or the edges do not increase.
    """
    labels, scores = check_inputs(labels, scores)
    edges = list(edges)
    if not edges or any(b <= a for a, b in pairwise(edges)):
        raise ValueError(f"edges must be increasing and not empty, got {edges}.")
    buckets = np.digitize(check_column("values", values, labels), edges)
    inner = [f"[{a}, {b})" for a, b in pairwise(edges)]
    names = [f"<{edges[0]}", *inner, f">={edges[-1]}"]
    return {
        name: {
            "auc": auc_where(labels, scores, buckets == number),
            "impressions": int((buckets == number).sum()),
        }
        for number, name in enumerate(names)
    }


def rela_impr(auc, base_auc) -> float:
    """The paper's relative improvement over a base model, in per cent (eq. 25).

    Raises:
        ValueError: If the base model is no better than chance.
    """
    if not base_auc > 0.5:
        raise ValueError(f"base_auc must be above 0.5, got {base_auc}.")
    return ((auc - 0.5) / (base_auc - 0.5) - 1.0) * 100.0


def log_loss(labels, scores, epsilon=1e-7) -> float:
    """The mean negative log likelihood, in nats.

    Args:
        labels: `[N]`, 0 or 1.
        scores: `[N]`, probabilities.
        epsilon: Probabilities are clipped to [epsilon, 1 - epsilon], so that one
            certain and wrong float32 prediction costs 16 nats and not infinity.

    Raises:
        ValueError: If an input is malformed or not a probability.
    """
    labels, scores = check_inputs(labels, scores, probabilities=True)
    scores = np.clip(scores, epsilon, 1.0 - epsilon)
    return float(-np.mean(np.where(labels == 1, np.log(scores), np.log1p(-scores))))


def calibration(labels, scores, num_bins=20) -> Calibration:
    """How well predicted probabilities match observed click rates.

    Impressions are ranked by score and cut into bins of equal count; equal scores
    share the bin of their middle rank, so that the order of the input is
    immaterial. The ECE is the mean over impressions of |mean prediction - click
    rate| of the impression's bin.

    Args:
        labels: `[N]`, 0 or 1.
        scores: `[N]`, probabilities.
        num_bins: How many bins the ECE uses.

    Returns:
        `(ratio, ece)`: the sum of predictions over the number of clicks (1 is
        perfect, above 1 over-predicts), and the ECE.

    Raises:
        MissingClassError: If there is no click.
        ValueError: If an input is malformed.
    """
    labels, scores = check_inputs(labels, scores, probabilities=True)
    if num_bins < 1:
        raise ValueError(f"num_bins must be at least 1, got {num_bins}.")
    if not labels.any():
        raise MissingClassError(f"calibration needs a click, got 0 in {len(labels)}.")
    _, score, count = np.unique(scores, return_inverse=True, return_counts=True)
    middle_rank = np.cumsum(count) - count / 2
    bins = np.floor(middle_rank * num_bins / len(labels)).astype(int)[score]
    surplus = np.bincount(bins, scores - labels)
    return Calibration(
        float(scores.sum() / labels.sum()), float(np.abs(surplus).sum() / len(labels))
    )


def _wins(groups, labels, scores, weights):
    """Weighs, in each group, the pairs in which the click outscores the non-click.

    Args:
        groups: `[N]`, group numbers 0..G-1.
        labels: `[N]`.
        scores: `[N]`.
        weights: `[N]`.

    Returns:
        Three `[G]` arrays: the weight of won pairs (ties count half), of clicks and
        of non-clicks. The AUC is won / (clicks * non-clicks).
    """
    clicks = np.bincount(groups, weights * labels)
    others = np.bincount(groups, weights * (1 - labels))
    order = np.lexsort((scores, groups))
    groups, labels = groups[order], labels[order]
    scores, weights = scores[order], weights[order]
    starts = np.ones(len(order), bool)
    starts[1:] = (groups[1:] != groups[:-1]) | (scores[1:] != scores[:-1])
    # A tie is a run of equal scores within a group: its members beat whatever
    # lies below the run, and draw with the non-clicks inside it.
    tie = np.cumsum(starts) - 1
    tie_clicks = np.bincount(tie, weights * labels)
    tie_others = np.bincount(tie, weights * (1 - labels))
    tie_group = groups[starts]
    before_group = np.cumsum(others) - others
    below = np.cumsum(tie_others) - tie_others - before_group[tie_group]
    wins = np.bincount(tie_group, tie_clicks * (below + tie_others / 2))
    return wins, clicks, others
