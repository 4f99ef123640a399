"""A table of a comparison as text, before it is Markdown or LaTeX."""

from dataclasses import dataclass

NONE = "–"


@dataclass(frozen=True)
class MarkedTable:
    """Rows of text; the first column names the row.

    Attributes:
        columns: Heads of the columns.
        rows: The cells.
        best: `(row, column)` of the cells that are best of their column.
        second: Those of the second best.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    best: frozenset[tuple[int, int]] = frozenset()
    second: frozenset[tuple[int, int]] = frozenset()

    def render(self, cell, best, second):
        """Returns the rows as lists of cells.

        Args:
            cell: Callable: the form of a cell's text.
            best: Callable: that form, marked as best.
            second: Callable: that form, marked as second best.
        """
        marks = dict.fromkeys(self.best, best) | dict.fromkeys(self.second, second)
        return [
            [
                marks.get((row, column), str)(cell(text))
                for column, text in enumerate(cells)
            ]
            for row, cells in enumerate(self.rows)
        ]
