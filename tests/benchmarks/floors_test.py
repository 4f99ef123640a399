"""Tests of the floors: which of the two limits holds."""

import pytest

from benchmarks.floors import Floors, copy_bandwidth, product_seconds
from benchmarks.stage_costs import StageCost


def make_floors(asked=None):
    def product_seconds(shape):
        if asked is not None:
            asked.append(shape)
        return {(1, 2, 3, 4): 0.01, (5, 2, 3, 4): 0.2}[shape]

    return Floors(1e6, product_seconds)


def test_floor_is_the_slower_of_memory_and_arithmetic():
    products = ((1, 2, 3, 4, 30), (5, 2, 3, 4, 1))  # 0.3 and 0.2 seconds
    line = make_floors().compare("a stage", StageCost(100_000, products), [1.0, 2.0])
    assert line.first_samples == pytest.approx([0.5, 0.5])
    assert line.ratio.median == pytest.approx(3.0)
    line = make_floors().compare("a stage", StageCost(1_000_000, products), [1.0])
    assert line.first_samples == pytest.approx([1.0])


def test_a_shape_is_measured_once():
    asked = []
    floors, cost = make_floors(asked), StageCost(0, ((1, 2, 3, 4, 1),) * 3)
    floors.operation_seconds(cost)
    assert floors.operation_seconds(cost) == pytest.approx(0.03)
    assert asked == [(1, 2, 3, 4)]


def test_bandwidth_is_that_of_a_machine():
    # Between an SD card and the caches of a large processor.
    assert 1e8 < copy_bandwidth(repeats=2, num_bytes=2**22) < 1e13


def test_rate_of_products_is_that_of_a_machine():
    rate = 2 * 4 * 64 * 32 * 16 / product_seconds((4, 64, 32, 16))
    assert 1e7 < rate < 1e14
