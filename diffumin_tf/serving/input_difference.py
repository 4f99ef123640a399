"""One input of one row that differs."""

from dataclasses import dataclass

from diffumin_tf.serving.history_difference import HistoryDifference

_MOST_SHOWN = 6


@dataclass(frozen=True, eq=False)
class InputDifference:
    """What was logged, what the data hold, and of a history how they differ.

    Attributes:
        logged: A value, or the part of a history that the model read, an array.
        stored: The same of the data.
        how: The `HistoryDifference`, or None.
    """

    logged: object
    stored: object
    how: HistoryDifference | None = None

    def shown(self):
        """Both as text; long histories from the first position that differs."""
        if self.how is None:
            return _text(self.logged), _text(self.stored)
        first = self._first_position()
        return _abbreviated(self.logged, first), _abbreviated(self.stored, first)

    def _first_position(self):
        pairs = zip(self.logged, self.stored, strict=False)
        same = min(len(self.logged), len(self.stored))
        return next((n for n, (a, b) in enumerate(pairs) if a != b), same)


def _abbreviated(values, first):
    shown = " ".join(_text(value) for value in values[first : first + _MOST_SHOWN])
    before = f"({first} equal) " if first else ""
    rest = len(values) - first - _MOST_SHOWN
    after = f" ({rest} more)" if rest > 0 else ""
    return f"{before}{shown}{after}".strip() or "nothing"


def _text(value):
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    # A float32 has the digits that tell it from its neighbours.
    return str(value)
