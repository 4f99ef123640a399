"""Skew: whether impressions had the inputs in serving that they have in the data."""

from diffumin_tf.data.readable_errors import readable_errors
from diffumin_tf.serving.held_out_requests import HeldOutRequests
from diffumin_tf.serving.impression_search import ImpressionSearch
from diffumin_tf.serving.request_log import RequestLog
from diffumin_tf.serving.row_comparison import RowComparison
from diffumin_tf.serving.score_skew import ScoreSkew
from diffumin_tf.serving.servable import Servable
from diffumin_tf.serving.skew_report import SkewReport
from diffumin_tf.training.checkpoints import restore_model
from diffumin_tf.training.run_directory import RunDirectory


def check_skew(
    run_dir, recipe, requests, split="test", source=None, rows_at_once=10_000
):
    """Compares logged requests with the impressions that training data made of them.

    The log is read in parts, and the users once for each part: memory is bounded
    however long the log, and of the users only those of the part leave the graph. A
    row holds its own behaviours and no padding, 120 kB at 5,000 behaviours of three
    columns; candidates of one request share theirs.

    Args:
        run_dir: The run's directory.
        recipe: The run's `Recipe`.
        requests: Pattern of the files of the log.
        split: The split that the impressions are looked for in.
        source: Other data of the same features; None for the run's own.
        rows_at_once: Rows of a part, at least.

    Returns:
        A `SkewReport`.

    Raises:
        ValueError: If the log is damaged, or the data are wrong or of other features.
        OSError: If there is no log, or the run has no checkpoint.
    """
    if rows_at_once < 1:
        raise ValueError(f"rows_at_once must be at least 1. Received: {rows_at_once}.")
    data = recipe.data if source is None else recipe.data.with_source(source)
    model = recipe.build_model()
    servable = Servable(model, data.features, data.sequence_length)
    inputs, length = servable.inputs, data.sequence_length
    log = RequestLog(requests, inputs)
    restore_model(RunDirectory(run_dir), model)
    search = ImpressionSearch(data.source, inputs, split)
    comparison = RowComparison(inputs, length, search.keys)
    stacking = HeldOutRequests(data.source, inputs, split, length)
    report = SkewReport(log, ScoreSkew(servable, stacking), comparison.names)
    with readable_errors(data.source):
        for rows in log.chunks(rows_at_once):
            compare_rows(rows, search, comparison, report)
        report.scores.finish()
    return report


def compare_rows(rows, search, comparison, report):
    """Adds some rows to a report.

    Args:
        rows: `LoggedRow`s.
        search: The `ImpressionSearch`.
        comparison: The `RowComparison`.
        report: The `SkewReport`.
    """
    for row, found, reason in search.find(rows):
        if not found:
            report.add_missing(row, reason, search.keys)
            continue
        options = [(comparison.differences(row, each), each) for each in found]
        differences, stored = min(options, key=lambda option: len(option[0]))
        report.add(row, differences)
        if row.score is not None:
            report.scores.add(row.score, stored, bool(differences))
