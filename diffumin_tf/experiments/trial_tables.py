"""The trials of a tuning as tables."""

from diffumin_tf.csv_text import csv_text
from diffumin_tf.experiments.markdown import markdown
from diffumin_tf.experiments.marked_table import NONE, MarkedTable
from diffumin_tf.experiments.number_text import decimals
from diffumin_tf.experiments.trial import best_of

_METRICS = ("auc", "gauc", "log_loss")


def trials_markdown(trials):
    """Returns `Trial`s as a Markdown table, the best first, failed ones last."""
    # Stable, so that of equal trials the first comes first.
    ranked = sorted(trials, key=lambda t: (t.auc is None, -(t.auc or 0)))
    head = ("trial", *trials[0].point, "validation AUC", "GAUC", "log loss")
    return markdown(MarkedTable(head, tuple(map(_cells, ranked))))


def trials_csv(trials):
    """Returns `Trial`s as CSV in the order in which they were tried."""
    best = best_of(trials)
    rows = [
        (
            trial.number,
            *trial.point.values(),
            *(getattr(trial, name) for name in _METRICS),
            int(trial is best),
            trial.failure,
        )
        for trial in trials
    ]
    return csv_text(("trial", *trials[0].point, *_METRICS, "best", "failure"), rows)


def _cells(trial):
    metrics = [trial.auc, trial.gauc, trial.log_loss]
    shown = [NONE if value is None else decimals(value, 4) for value in metrics]
    if trial.failure is not None:
        shown[0] = "failed"
    return (str(trial.number), *trial.point.values(), *shown)
