"""Tests of the floors' formulas, against counts made by hand."""

import pytest

from benchmarks.stage_costs import StageCost, stage_costs
from benchmarks.workload import Workload

WORKLOAD = Workload(batch_size=2, sequence_length=10, short_term_length=5)


def test_operations_of_products():
    cost = StageCost(0, ((3, 2, 5, 7, 4), (1, 1, 1, 1, 1)))
    assert cost.operations == 3 * 2 * 5 * 7 * 4 * 2 + 2


def test_one_denoising_step_of_one_interest():
    # Block 1, 4 tokens of 24: Q K V O, feed-forward 24-72-24, scores and mixture.
    first = 4 * (4 * 24 * 24 + 2 * 24 * 72) + 2 * 4 * 4 * 24
    # Block 2: K V of 4 tokens; Q, O, feed-forward, scores and mixture of one.
    second = 4 * 2 * 24 * 24 + 2 * 24 * 24 + 2 * 24 * 72 + 2 * 4 * 24
    rows, costs = 2 * 4, stage_costs(WORKLOAD, 100)
    assert costs["diffusion loss"].operations == 3 * 2 * rows * (first + second)
    assert costs["DMIG forward"].operations == 20 * 2 * rows * (first + second)


def test_sampling_costs_three_times_as_much_backward_included():
    costs = stage_costs(WORKLOAD, 100)
    both, alone = costs["DMIG forward and backward"], costs["DMIG forward"]
    assert both.operations == 3 * alone.operations


def test_omie_reads_the_histories_twice_and_writes_their_gradient():
    grouped = Workload(batch_size=8, sequence_length=10, impressions_a_user=4, slack=6)
    cost = stage_costs(grouped, 100)["OMIE"]
    assert cost.bytes == 3 * 4 * 2 * 16 * 24
    seen, projection = 3 * 8 * 10 * 24 * 4, 3 * 8 * 24 * 4 * 24
    assert cost.operations == 2 * (seen + projection)


def test_tower_and_update_count_the_same_weights():
    costs = stage_costs(WORKLOAD, 100, hidden_units=(16, 8))
    weights = (8 + 3) * 24 * 16 + 16 * 8 + 8
    assert costs["tower"].operations == 3 * 2 * 2 * weights
    assert costs["tower"].bytes == 3 * 4 * weights
    assert costs["update"].bytes == 7 * 4 * (weights + 800)


def test_lookup_moves_ids_features_and_rows():
    cost = stage_costs(WORKLOAD, 100)["lookup"]
    assert cost.bytes == 4 * (20 * 3 + 2 * 20 * 24 + 2 * 100 * 8)


@pytest.mark.parametrize("name", ["CMIC", "encoder"])
def test_costs_of_products_grow_with_the_batch(name):
    small = stage_costs(WORKLOAD, 100)[name].operations
    large = stage_costs(Workload(batch_size=4, short_term_length=5), 100)[name]
    assert 2 * small <= large.operations <= 4 * small
