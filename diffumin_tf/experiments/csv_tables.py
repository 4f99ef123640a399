"""The rows and runs of a comparison as CSV, figures in full."""

from diffumin_tf.csv_text import csv_text

# Column to attribute.
_DIFFERENCE = {
    "rela_impr": "rela_impr",
    "difference": "value",
    "low": "low",
    "high": "high",
    "p_value": "p_value",
}
_RUN_COLUMNS = (
    "model",
    "seed",
    "auc",
    "gauc",
    "log_loss",
    "calibration",
    "ece",
    "table_parameters",
    "other_parameters",
    "examples_per_second",
    "request_ms",
    "machine",
)


def rows_csv(rows):
    """Returns `ResultRow`s as CSV; nothing stands for None."""
    flat = [_flat(row) for row in rows]
    return csv_text(flat[0], [row.values() for row in flat])


def runs_csv(results):
    """Returns `RunResult`s as CSV; nothing stands for None."""
    rows = [[getattr(result, name) for name in _RUN_COLUMNS] for result in results]
    return csv_text(_RUN_COLUMNS, rows)


def _flat(row):
    """A row as a dictionary of single figures."""
    return {
        "model": row.model,
        "runs": row.runs,
        **_measure(row, "auc"),
        **_difference(row.baseline, ""),
        **_measure(row, "gauc"),
        **_measure(row, "log_loss"),
        **_measure(row, "calibration"),
        **_measure(row, "ece"),
        "competitor": row.competitor and row.competitor.other,
        **_difference(row.competitor, "competitor_"),
        "group": row.group,
        "paper_auc": row.published,
        "table_parameters": row.table_parameters,
        "other_parameters": row.other_parameters,
        **_measure(row, "examples_per_second"),
        **_measure(row, "request_ms"),
    }


def _measure(row, name):
    mean, std = getattr(row, name) or (None, None)
    return {name: mean, f"{name}_std": std}


def _difference(difference, prefix):
    return {
        f"{prefix}{column}": getattr(difference, name, None)
        for column, name in _DIFFERENCE.items()
    }
