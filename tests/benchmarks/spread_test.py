"""Tests of medians and paired ratios."""

import pytest

from benchmarks.spread import Spread


def test_median_and_range():
    assert Spread.of([3.0, 1.0, 8.0, 2.0]) == (2.5, 1.0, 8.0, 4)


def test_ratios_are_of_the_same_round():
    # Ratios 2, 3 and 10; the ratio of the medians would be 2.5.
    assert Spread.of_ratios([2.0, 12.0, 10.0], [1.0, 4.0, 1.0]) == (3.0, 2.0, 10.0, 3)


def test_no_samples_are_refused():
    with pytest.raises(ValueError, match="samples must not be empty; received none"):
        Spread.of([])


def test_unpaired_samples_are_refused():
    with pytest.raises(ValueError, match="in pairs; received 2 and 1"):
        Spread.of_ratios([1.0, 2.0], [1.0])
