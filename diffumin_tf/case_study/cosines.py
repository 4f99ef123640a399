"""How alike the vectors of a case are: a t-SNE picture cannot be read for that."""

from dataclasses import dataclass

from diffumin_tf.case_study.point import (
    AUGMENTED,
    CHANNEL,
    INTEREST,
    TARGET,
    TWIN,
    Point,
)

PAIRS = (
    (TARGET, CHANNEL),
    (TARGET, INTEREST),
    (CHANNEL, INTEREST),
    (CHANNEL, AUGMENTED),
    (INTEREST, AUGMENTED),
    (TARGET, TWIN),
)


@dataclass(frozen=True)
class Cosine:
    """The cosine of two points.

    Attributes:
        first: A `Point`.
        second: Another, of the same channel where the first has one.
        value: From -1 to 1; None where a vector is zero.
    """

    first: Point
    second: Point
    value: float | None


def cosines(case):
    """Returns the `Cosine`s of a case, by the kinds of `PAIRS` in their order."""
    directions = dict(zip(map(id, case.points), case.directions(), strict=True))
    return [
        Cosine(one, other, _dot(directions[id(one)], directions[id(other)]))
        for first, second in PAIRS
        for one in case.of(first)
        for other in case.of(second, one.channel)
    ]


def _dot(one, other):
    return float(one @ other) if one.any() and other.any() else None
