"""One user and one click: everything that its panel shows."""

from dataclasses import dataclass

import numpy as np

from diffumin_tf.case_study.point import TARGET, Point


@dataclass(frozen=True)
class Case:
    """The vectors of one user at one click.

    Attributes:
        user_key: The user.
        points: The `Point`s, the target first.
    """

    user_key: int
    points: tuple[Point, ...]

    @property
    def target(self):
        """The `Point` of the clicked target."""
        return self.of(TARGET)[0]

    @property
    def num_channels(self):
        """c."""
        return max(point.channel or 0 for point in self.points)

    def of(self, kind, channel=None):
        """The points of a kind, and of a channel if one is given."""
        return [
            point
            for point in self.points
            if point.kind == kind and channel in (None, point.channel)
        ]

    def directions(self):
        """Every vector at unit length, `[N, d]`; zero where it is zero."""
        vectors = np.stack([point.vector for point in self.points]).astype("float64")
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / np.where(lengths > 0, lengths, 1)
