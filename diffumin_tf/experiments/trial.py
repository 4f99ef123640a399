"""What became of one trial of a tuning."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Trial:
    """A combination of settings and how good it was on the validation split.

    Attributes:
        number: From 1, in the order in which they were tried.
        point: Label of each choice to the text of its value.
        auc: Validation AUC; None where the trial failed.
        gauc: Validation GAUC, or None.
        log_loss: Validation log loss, or None.
        failure: Why there is no AUC; None where there is one.
    """

    number: int
    point: dict[str, str]
    auc: float | None = None
    gauc: float | None = None
    log_loss: float | None = None
    failure: str | None = None


def best_of(trials):
    """The trial of the highest AUC, of equal ones the first; None if all failed."""
    found = [trial for trial in trials if trial.auc is not None]
    return max(found, key=lambda trial: trial.auc, default=None)
