"""How two models' AUCs differ."""

from dataclasses import dataclass

import numpy as np

from diffumin_tf import metrics
from diffumin_tf.experiments.seed_statistics import sign_flip_p_value

_INTERVAL = (2.5, 97.5)  # Per cent.


@dataclass(frozen=True)
class AucDifference:
    """The mean AUC of one model held against that of another.

    Attributes:
        other: Name of the other model.
        rela_impr: Per cent by which the mean AUC is better than the other's (equation
            25); None where the other's is no better than chance.
        value: Mean AUC minus the other's.
        low, high: The 95 % interval of that over resampled users.
        p_value: Of the differences seed by seed; None where fewer than two seeds are
            in both.
    """

    other: str
    rela_impr: float | None
    value: float
    low: float
    high: float
    p_value: float | None

    @classmethod
    def between(cls, results, others):
        """Holds the `RunResult`s of one model against those of another."""
        mean, base = (np.mean([r.auc for r in runs]) for runs in (results, others))
        resampled = resampled_auc(results) - resampled_auc(others)
        low, high = np.percentile(resampled, _INTERVAL)
        return cls(
            other=others[0].model,
            rela_impr=float(metrics.rela_impr(mean, base)) if base > 0.5 else None,
            value=float(mean - base),
            low=float(low),
            high=float(high),
            p_value=_p_value(results, others),
        )


def resampled_auc(results):
    """`[S]`: the mean over the runs of the AUC in each resample of the users."""
    return np.mean([result.resampled_auc for result in results], axis=0)


def _p_value(results, others):
    base = {result.seed: result.auc for result in others}
    differences = [r.auc - base[r.seed] for r in results if r.seed in base]
    return sign_flip_p_value(differences) if len(differences) > 1 else None
