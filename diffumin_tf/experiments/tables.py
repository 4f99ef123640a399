"""The tables of a comparison as text."""

import csv
import dataclasses
import io

from diffumin_tf.experiments.result_row import ResultRow

_NONE = "–"
_RUN_COLUMNS = ("model", "seed", "auc", "gauc", "log_loss")


def markdown(rows, baseline):
    """Returns the rows as a Markdown table.

    Args:
        rows: `ResultRow`s.
        baseline: Name of the model that the others are held against.
    """
    head = ("model", "runs", "AUC", "RelaImpr", f"AUC − {baseline}", "p")
    lines = [_line((*head, "GAUC", "log loss")), "|---" * (len(head) + 2) + "|"]
    return "\n".join(lines + [_line(_cells(row)) for row in rows]) + "\n"


def rows_csv(rows):
    """Returns the rows as CSV, figures in full; nothing stands for None."""
    names = [field.name for field in dataclasses.fields(ResultRow)]
    return _csv(names, [dataclasses.astuple(row) for row in rows])


def runs_csv(runs):
    """Returns (model, seed, AUC, GAUC, log loss) of each run as CSV."""
    return _csv(_RUN_COLUMNS, runs)


def _csv(head, rows):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([head, *rows])
    return text.getvalue()


def _line(cells):
    return f"| {' | '.join(cells)} |"


def _cells(row):
    return (
        row.model,
        str(row.runs),
        _spread(row.auc, row.auc_std),
        _NONE if row.rela_impr is None else f"{_decimals(row.rela_impr, 2, '+')} %",
        _interval(row),
        _NONE if row.p_value is None else _decimals(row.p_value, 3),
        _spread(row.gauc, row.gauc_std),
        _spread(row.log_loss, row.log_loss_std),
    )


def _interval(row):
    if row.difference is None:
        return _NONE
    value, low, high = (
        _decimals(number, 4, "+") for number in (row.difference, row.low, row.high)
    )
    return f"{value} [{low}, {high}]"


def _spread(mean, deviation):
    if mean is None:
        return _NONE
    spread = "" if deviation is None else f" ± {_decimals(deviation, 4)}"
    return _decimals(mean, 4) + spread


def _decimals(value, places, sign=""):
    """The number without the 0 before its point: .7312, −.0102."""
    text = f"{value:{sign}.{places}f}".replace("-", "−")
    return text.replace("0.", ".", 1) if abs(value) < 1 else text
