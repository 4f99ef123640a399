"""What the tables say of one model."""

from dataclasses import dataclass

from diffumin_tf.experiments.auc_difference import AucDifference
from diffumin_tf.experiments.measure import Measure
from diffumin_tf.experiments.seed_statistics import mean_and_deviation


@dataclass(frozen=True)
class ResultRow:
    """One row; None stands for what there is not.

    Attributes:
        model: The model's name.
        group: What its variant belongs to.
        is_reference: Whether it is a predictor without a seed, no trained model.
        runs: How many runs are behind the row.
        auc, gauc, log_loss, calibration, ece: Over all runs.
        baseline: Against the baseline.
        competitor: Of the comparison's focus alone: against the best of the others.
        published: The AUC that the paper has for it.
        table_parameters, other_parameters: Trained numbers.
        examples_per_second, request_ms: Over the runs that have been timed.
    """

    model: str
    group: str | None
    is_reference: bool
    runs: int
    auc: Measure
    gauc: Measure | None
    log_loss: Measure | None
    calibration: Measure | None
    ece: Measure | None
    baseline: AucDifference | None
    competitor: AucDifference | None
    published: float | None
    table_parameters: int | None
    other_parameters: int | None
    examples_per_second: Measure | None
    request_ms: Measure | None


def make_row(results, variant=None, baseline=None, competitor=None):
    """Returns the `ResultRow` of a model.

    Args:
        results: The `RunResult`s of its runs.
        variant: Its `Variant`; None of a reference.
        baseline: The baseline's `RunResult`s; None if it has none yet.
        competitor: Those of the model that this one is to beat, or None.
    """
    quality = ("auc", "gauc", "log_loss", "calibration", "ece")
    times = ("examples_per_second", "request_ms")
    parameters = ("table_parameters", "other_parameters")
    return ResultRow(
        model=results[0].model,
        group=variant and variant.group,
        is_reference=results[0].seed is None,
        runs=len(results),
        **{name: _complete(results, name) for name in quality},
        baseline=_against(results, baseline),
        competitor=_against(results, competitor),
        published=variant and variant.published,
        **{name: next(iter(_known(results, name)), None) for name in parameters},
        **{name: _measure(_known(results, name)) for name in times},
    )


def _known(results, name):
    values = [getattr(result, name) for result in results]
    return [value for value in values if value is not None]


def _complete(results, name):
    """A figure of all runs; None where a run has no value."""
    values = _known(results, name)
    return _measure(values) if len(values) == len(results) else None


def _measure(values):
    return Measure(*mean_and_deviation(values)) if values else None


def _against(results, others):
    if others is None or others[0].model == results[0].model:
        return None
    return AucDifference.between(results, others)
