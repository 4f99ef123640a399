"""A figure of several runs."""

from typing import NamedTuple


class Measure(NamedTuple):
    """The mean over runs and the sample standard deviation, None of a single run."""

    mean: float
    std: float | None
