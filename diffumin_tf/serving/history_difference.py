"""How a logged history went wrong, named after what must have happened."""

from dataclasses import dataclass

import numpy as np

from diffumin_tf.serving.read_histories import has_value

EMPTY, LATE, EARLY, SHORTER = "empty", "late", "early", "shorter"
LONGER, REVERSED, PADDED_FIRST = "longer", "oldest first", "padded first"
VALUES = "values"


@dataclass(frozen=True)
class HistoryDifference:
    """What is wrong with a history.

    Attributes:
        kind: `"empty"`: no behaviour. `"late"`: the most recent ones are missing.
            `"early"`: there are more recent ones than the impression saw. `"shorter"`
            and `"longer"`: old ones are missing, or too many. `"oldest first"`.
            `"padded first"`: the padding comes before the behaviours. `"values"`: none
            of these.
        behaviours: How many are missing or too many; else how many positions differ.
    """

    kind: str
    behaviours: int

    @property
    def is_of_values(self):
        """Whether nothing is known but that there are other values."""
        return self.kind == VALUES


def find_difference(logged, stored, most):
    """Says what is wrong with a history that is not what it must be.

    Args:
        logged: Arrays `[L]`, one a column, most recent behaviour first: as logged,
            without padding behind.
        stored: Arrays `[n]`, the same columns: all behaviours before the impression.
        most: Most behaviours that the model reads.
    """
    read = [values[:most] for values in logged]
    wanted = [values[:most] for values in stored]
    size, num_wanted = len(read[0]), len(wanted[0])
    if not _any_value(logged):
        return HistoryDifference(EMPTY, num_wanted)
    if _holds(stored, 0, read):
        return HistoryDifference(SHORTER, num_wanted - size)
    if _holds(read, 0, wanted):
        return HistoryDifference(LONGER, size - num_wanted)
    positions = _positions(read, wanted)
    if kind := _wrong_order(logged, stored):
        return HistoryDifference(kind, positions)
    # Where nearly all values are the same, a long shift would explain one other value.
    far = 2 * positions > max(size, num_wanted)
    return _shift(read, stored, most, np.inf if far else positions) or (
        HistoryDifference(VALUES, positions)
    )


def _wrong_order(logged, stored):
    """The kind of a history whose behaviours are right and in other places."""
    filled = np.any([has_value(values) for values in logged], axis=0)
    first = int(np.argmax(filled))
    rest = [values[first:] for values in logged]
    # Of one behaviour nobody can tell which way round it is.
    if len(rest[0]) > 1 and _holds(stored, 0, [values[::-1] for values in rest]):
        return REVERSED
    return PADDED_FIRST if first and _holds(stored, 0, rest) else None


def _shift(read, stored, most, most_shifted):
    """Late or early by at most so many behaviours, or None."""
    for late in _heads(stored, read):
        # A store that is late may also keep fewer: they need not reach as far back.
        if 0 < late <= most_shifted and _holds(stored, late, read):
            return HistoryDifference(LATE, late)
    for early in _heads(read, stored):
        rest = [values[early:] for values in read]
        whole = len(rest[0]) == min(len(stored[0]), most - early)
        if 0 < early <= most_shifted and whole and _holds(stored, 0, rest):
            return HistoryDifference(EARLY, early)
    return None


def _heads(columns, others):
    """Where the first behaviour of the others stands; they must hold one."""
    same = [values == other[0] for values, other in _pairs(columns, others)]
    return (int(place) for place in np.flatnonzero(np.all(same, axis=0)))


def _holds(columns, start, part):
    """Whether all columns have these values from a place on."""
    end = start + len(part[0])
    return all(np.array_equal(c[start:end], p) for c, p in _pairs(columns, part))


def _positions(read, wanted):
    """How many positions differ; those that one of the two lacks are among them."""
    both = min(len(read[0]), len(wanted[0]))
    other = [a[:both] != b[:both] for a, b in _pairs(read, wanted)]
    rest = max(len(read[0]), len(wanted[0])) - both
    return int(np.any(other, axis=0).sum()) + rest


def _any_value(columns):
    return any(has_value(values).any() for values in columns)


def _pairs(columns, others):
    return zip(columns, others, strict=True)
