"""One impression of a request that a server logged."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class LoggedRow:
    """What a client sent for one impression, and what it was told.

    Attributes:
        values: Name to value, of the inputs that are no histories.
        histories: Name to array `[L]`, up to the last position where one has a value;
            the candidates of one user share them.
        where: File and record.
        score: The click probability; None where no answer was logged.
    """

    values: dict
    histories: dict[str, np.ndarray]
    where: str
    score: float | None = None

    def key(self, names):
        """The values of these names."""
        return tuple(self.values[name] for name in names)
