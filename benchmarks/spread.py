"""A median and the range it comes from."""

import statistics
from typing import NamedTuple


class Spread(NamedTuple):
    """Median, smallest and largest of `n` samples."""

    median: float
    low: float
    high: float
    n: int

    @classmethod
    def of(cls, samples):
        """The spread of a sequence of numbers, which must not be empty."""
        if not samples:
            raise ValueError("samples must not be empty; received none.")
        return cls(statistics.median(samples), min(samples), max(samples), len(samples))

    @classmethod
    def of_ratios(cls, numerators, denominators):
        """The spread of the ratios of samples that were taken in the same rounds."""
        if len(numerators) != len(denominators):
            raise ValueError(
                "samples must come in pairs; received "
                f"{len(numerators)} and {len(denominators)}."
            )
        pairs = zip(numerators, denominators, strict=True)
        return cls.of([over / under for over, under in pairs])
