"""How often one input differs, and how."""

import numpy as np


class InputSkew:
    """Counts the rows in which an input differs.

    Attributes:
        compared: Rows that were compared.
        differing: Those that differ.
        first: Of the first of them what a report shows, or None.
    """

    def __init__(self):
        self.compared, self.differing, self.first = 0, 0, None
        self._behaviours = {}

    def add(self, row, difference):
        """Counts a row.

        Args:
            row: The `LoggedRow`.
            difference: The `InputDifference`; None where it is equal.
        """
        self.compared += 1
        if difference is None:
            return
        self.differing += 1
        if difference.how is not None:
            numbers = self._behaviours.setdefault(difference.how.kind, [])
            numbers.append(difference.how.behaviours)
        if self.first is None:
            self.first = _example(row, difference)

    @property
    def share(self):
        """The share of rows that differ; 0 where none was compared."""
        return self.differing / self.compared if self.compared else 0.0

    @property
    def how(self):
        """Kind of a difference between histories to its rows and median behaviours."""
        return {
            kind: {"rows": len(numbers), "median_behaviours": float(np.median(numbers))}
            for kind, numbers in self._behaviours.items()
        }

    def to_dict(self):
        """What a JSON file holds."""
        return {
            "compared": self.compared,
            "differing": self.differing,
            "share": self.share,
            "how": self.how,
            "first": self.first,
        }


def _example(row, difference):
    logged, stored = difference.shown()
    return {
        "user_key": int(row.values["user_key"]),
        "impression_time": int(row.values["impression_time"]),
        "logged": logged,
        "stored": stored,
        "record": row.where,
    }
