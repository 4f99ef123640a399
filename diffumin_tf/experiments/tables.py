"""The tables of a comparison: how good the models are, and what they cost."""

from diffumin_tf.experiments.marked_table import NONE, MarkedTable
from diffumin_tf.experiments.number_text import (
    count,
    decimals,
    interval,
    p_value,
    percent,
    spread,
)

_PLACES = 4
_HIGHER, _LOWER = 1, -1


def quality_table(rows, comparison):
    """Returns the `MarkedTable` of how well the models predict.

    Best and second best are marked among the trained models, by the digits shown; the
    one that is best by AUC is so by RelaImpr. There is a column of the paper's
    figures if there is one of them.

    Args:
        rows: `ResultRow`s.
        comparison: The `Comparison`.
    """
    columns = {
        "model": [row.model for row in rows],
        "runs": [str(row.runs) for row in rows],
        "AUC": [spread(row.auc) for row in rows],
        "RelaImpr": [percent(row.baseline and row.baseline.rela_impr) for row in rows],
        f"AUC − {comparison.baseline}": [interval(row.baseline) for row in rows],
        "p": [p_value(row.baseline) for row in rows],
        "GAUC": [spread(row.gauc) for row in rows],
        "log loss": [spread(row.log_loss) for row in rows],
        "calibration": [spread(row.calibration) for row in rows],
        "ECE": [spread(row.ece) for row in rows],
        **_paper_column(rows, comparison),
    }
    judged = {
        "AUC": ([row.auc for row in rows], _HIGHER),
        "RelaImpr": ([row.auc for row in rows], _HIGHER),
        "GAUC": ([row.gauc for row in rows], _HIGHER),
        "log loss": ([row.log_loss for row in rows], _LOWER),
        "ECE": ([row.ece for row in rows], _LOWER),
    }
    return _marked(rows, columns, judged)


def cost_table(rows):
    """Returns the `MarkedTable` of what the trained models cost; None if unknown."""
    rows = [row for row in rows if not row.is_reference]
    columns = {
        "model": [row.model for row in rows],
        "parameters of tables": [count(row.table_parameters) for row in rows],
        "other parameters": [count(row.other_parameters) for row in rows],
        "training examples/s": [spread(row.examples_per_second, 0) for row in rows],
        "ms a request": [spread(row.request_ms, 1) for row in rows],
    }
    _, *figures = columns.values()
    if all(cell == NONE for cells in figures for cell in cells):
        return None
    return _marked(rows, columns, {})


def paper_head(comparison):
    """The head of the paper's figures, with a mark if they are of other data."""
    return "paper †" if comparison.published_on else "paper"


def _paper_column(rows, comparison):
    values = [row.published for row in rows]
    if not any(values):
        return {}
    shown = [NONE if value is None else decimals(value, _PLACES) for value in values]
    return {paper_head(comparison): shown}


def _marked(rows, columns, judged):
    ranks = {
        (row, place): rank
        for place, (name, cells) in enumerate(columns.items())
        if name in judged
        for row, rank in _ranks(rows, *judged[name]).items()
        if cells[row] != NONE
    }
    return MarkedTable(
        columns=tuple(columns),
        rows=tuple(zip(*columns.values(), strict=True)),
        best=frozenset(cell for cell, rank in ranks.items() if rank == 0),
        second=frozenset(cell for cell, rank in ranks.items() if rank == 1),
    )


def _ranks(rows, measures, direction):
    """Row to rank, 0 for the best, of the trained models; equal ones share it."""
    found = {
        place: direction * round(measure.mean, _PLACES)
        for place, (row, measure) in enumerate(zip(rows, measures, strict=True))
        if measure is not None and not row.is_reference
    }
    order = sorted(set(found.values()), reverse=True)
    return {place: order.index(value) for place, value in found.items()}
