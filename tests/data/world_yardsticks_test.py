"""Tests of the world's yardsticks: order, agreement with evaluation, other data."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from diffumin_tf.data import IndustryWorld
from diffumin_tf.data.reference_predictors import reference_scores
from diffumin_tf.data.world_yardsticks import (
    counts_of_last_100,
    counts_of_whole_history,
    true_click_rate,
)


@pytest.fixture(scope="module")
def world():
    return IndustryWorld(num_users=40)


def test_true_click_rates_stand_in_the_order_of_the_impressions(world):
    first, end = world.schema.splits["test"]
    users = [world.user(number) for number in range(40)]
    wanted = [
        rate
        for user in users
        for rate, time in zip(user["true_ctr"], user["impression_time"], strict=True)
        if first <= time < end
    ]
    assert 0 < len(wanted) < 40 * 8
    np.testing.assert_array_equal(true_click_rate(world), wanted)


def test_counts_are_those_of_an_evaluation(world):
    users = [world.user(number) for number in range(40)]
    wanted = reference_scores(users, users, world.schema)
    for name, found in (
        ("last_100", counts_of_last_100(world)),
        ("whole_history", counts_of_whole_history(world)),
    ):
        np.testing.assert_allclose(found, wanted[name], rtol=1e-9)  # Same sums.


def test_other_data_have_no_such_yardsticks(world):
    other = SimpleNamespace(schema=dataclasses.replace(world.schema, world=None))
    with pytest.raises(ValueError, match="industry world need its users"):
        true_click_rate(other)
