"""What a table says of one model."""

from dataclasses import dataclass

import numpy as np

from diffumin_tf import metrics
from diffumin_tf.experiments.seed_statistics import (
    mean_and_deviation,
    sign_flip_p_value,
)

_INTERVAL = (2.5, 97.5)  # Per cent.


@dataclass(frozen=True)
class ModelScores:
    """The test scores of one model's runs, summed up.

    Attributes:
        name: The model's name.
        seeds: The seed of each run, R of them; None for a predictor without one.
        aucs: `[R]`.
        gaucs: `[R]`, None where no user has both classes.
        log_losses: `[R]`, None where the scores are no probabilities.
        resampled_auc: `[S]`, the mean over the runs of the AUC in each resample of
            the users.
    """

    name: str
    seeds: tuple[int | None, ...]
    aucs: tuple[float, ...]
    gaucs: tuple[float | None, ...]
    log_losses: tuple[float | None, ...]
    resampled_auc: np.ndarray


@dataclass(frozen=True)
class ResultRow:
    """One row; None stands for what there is not.

    Attributes:
        model: The model's name.
        runs: How many runs are behind the row.
        auc, gauc, log_loss: Means over the runs, and `..._std` their sample standard
            deviations.
        rela_impr: Per cent by which the mean AUC is better than the baseline's
            (equation 25).
        difference: Mean AUC minus that of the baseline, `low` and `high` its 95 %
            interval over resampled users.
        p_value: Of the differences to the baseline, seed by seed.
    """

    model: str
    runs: int
    auc: float
    auc_std: float | None
    rela_impr: float | None
    difference: float | None
    low: float | None
    high: float | None
    p_value: float | None
    gauc: float | None
    gauc_std: float | None
    log_loss: float | None
    log_loss_std: float | None


def make_row(scores, baseline=None):
    """Returns the `ResultRow` of a model.

    Args:
        scores: The model's `ModelScores`.
        baseline: Those of the baseline; None if it has none yet.
    """
    auc, auc_std = mean_and_deviation(scores.aucs)
    gauc, gauc_std = _complete(scores.gaucs)
    log_loss, log_loss_std = _complete(scores.log_losses)
    return ResultRow(
        model=scores.name,
        runs=len(scores.aucs),
        auc=auc,
        auc_std=auc_std,
        **_against(scores, baseline),
        gauc=gauc,
        gauc_std=gauc_std,
        log_loss=log_loss,
        log_loss_std=log_loss_std,
    )


def _complete(values):
    """Mean and deviation, or None and None where a run has no value."""
    return (None, None) if None in values else mean_and_deviation(values)


def _against(scores, baseline):
    names = ("rela_impr", "difference", "low", "high", "p_value")
    if baseline is None or scores.name == baseline.name:
        return dict.fromkeys(names)
    mean, base = np.mean(scores.aucs), np.mean(baseline.aucs)
    resampled = scores.resampled_auc - baseline.resampled_auc
    low, high = np.percentile(resampled, _INTERVAL)
    # The measure of equation 25 is of no use where the baseline is no better than
    # chance.
    rela_impr = metrics.rela_impr(mean, base) if base > 0.5 else None
    values = (rela_impr, mean - base, low, high, _p_value(scores, baseline))
    found = zip(names, values, strict=True)
    return {name: None if value is None else float(value) for name, value in found}


def _p_value(scores, baseline):
    """Of the seeds that both have; None without any."""
    base = dict(zip(baseline.seeds, baseline.aucs, strict=True))
    pairs = zip(scores.seeds, scores.aucs, strict=True)
    differences = [auc - base[seed] for seed, auc in pairs if seed in base]
    return sign_flip_p_value(differences) if len(differences) > 1 else None
