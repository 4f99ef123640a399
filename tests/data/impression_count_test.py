"""Counting the impressions of a part of a split."""

import pytest

from diffumin_tf.data.impression_count import count_impressions
from tests.training.three_days import DAY, make_source


@pytest.mark.parametrize("days, users", [((0, 1), 5), ((1, 2), 5), ((2, 3), 4)])
def test_counts_the_impressions_of_a_time_range(days, users):
    """Four impressions a day of each user who is there."""
    span = tuple(day * DAY for day in days)
    assert count_impressions(make_source(), "train", span) == 4 * users
