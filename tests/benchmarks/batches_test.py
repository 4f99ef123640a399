"""Tests of the benchmark's batches: both forms hold the same impressions."""

import numpy as np
import pytest

from benchmarks import batches
from benchmarks.workload import Workload

SMALL = {"batch_size": 12, "sequence_length": 7, "num_rows": 500}


def test_tiled_rows_hold_what_the_windows_show():
    workload = Workload(impressions_a_user=4, slack=5, **SMALL)
    grouped, _ = batches.draw_impressions(workload)
    tiled = batches.tile(grouped)
    assert grouped["history"].shape == (3, 12, 3)
    assert len(set(grouped["history_start"])) > 1
    for row in range(12):
        start = grouped["history_start"][row]
        seen = grouped["history"][row // 4][start : start + 7]
        np.testing.assert_array_equal(tiled["history"][row], seen)
        times = grouped["history_time"][row // 4][start : start + 7]
        np.testing.assert_array_equal(tiled["history_time"][row], times)
    np.testing.assert_array_equal(tiled["target"], grouped["target"])
    np.testing.assert_array_equal(tiled["user_index"], np.arange(12))


def test_later_impressions_see_later_behaviours():
    workload = Workload(impressions_a_user=4, slack=5, **SMALL)
    start = batches.draw_impressions(workload)[0]["history_start"].reshape(3, 4)
    assert np.all(np.diff(start, axis=1) <= 0)  # the most recent one is at 0


def test_one_impression_a_user_is_tiled_already():
    grouped, _ = batches.draw_impressions(Workload(**SMALL))
    tiled = batches.tile(grouped)
    for name, value in grouped.items():
        np.testing.assert_array_equal(tiled[name], value, err_msg=name)


def test_deduplicated_positions_lead_to_the_same_rows():
    impressions, _ = batches.draw_impressions(Workload(**SMALL))
    batch = batches.deduplicated(impressions, SMALL["num_rows"])
    for name in ("history", "target", "other"):
        rows = batch["rows"].numpy()[batch[name].numpy()]
        np.testing.assert_array_equal(rows, impressions[name])


@pytest.mark.parametrize(
    "impressions_a_user, given", [(1, False), (4, True), (12, False)]
)
def test_an_index_is_given_where_histories_are_shared(impressions_a_user, given):
    workload = Workload(impressions_a_user=impressions_a_user, **SMALL)
    impressions, _ = batches.draw_impressions(workload)
    assert ("user_index" in batches.our_inputs(impressions)) == given


def test_rows_are_those_of_their_field_and_popular_ones_repeat():
    workload = Workload(num_rows=1001)
    rows = batches.draw_rows(np.random.default_rng(0), (20_000,), workload)
    for column, (low, high) in enumerate([(1, 900), (901, 980), (981, 1000)]):
        assert rows[:, column].min() >= low and rows[:, column].max() <= high
    counts = np.sort(np.unique(rows[:, 0], return_counts=True)[1])[::-1]
    # 1/n: ranks 1 and 2 have ln 2 and ln 1.5 of ln 901; 4 standard errors of 45.
    assert abs(counts[0] - 20_000 * np.log(2) / np.log(901)) < 180
    assert abs(counts[1] - 20_000 * np.log(1.5) / np.log(901)) < 140


def test_ids_in_use_spread_over_the_table():
    workload = Workload(num_rows=100_001, num_ids=1000)
    rows = batches.draw_rows(np.random.default_rng(0), (20_000,), workload)
    assert np.all(rows % 100 == 1) and rows.max() > 90_000
    near = Workload(num_rows=1001, num_ids=1000)
    same = batches.draw_rows(np.random.default_rng(0), (20_000,), near)
    np.testing.assert_array_equal((rows - 1) // 100, same - 1)


def test_plain_form_has_one_history_a_row():
    workload = Workload(impressions_a_user=3, slack=2, **SMALL)
    plain = batches.plain_inputs(batches.draw_impressions(workload)[0])
    assert sorted(plain) == ["history", "other", "target", "user_key"]
    assert plain["history"].shape == (12, 7, 3)


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        ({"batch_size": 12, "impressions_a_user": 5}, "batch_size must be a multiple"),
        ({"num_rows": 10, "num_ids": 10}, "num_ids must be below num_rows"),
    ],
)
def test_workload_says_what_does_not_fit(arguments, rule):
    with pytest.raises(ValueError, match=rule):
        Workload(**arguments)
