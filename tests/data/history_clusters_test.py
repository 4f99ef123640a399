"""Tests of the clusters: their sizes, their virtual behaviours, what is left alone."""

import numpy as np
import pytest

from diffumin_tf.data.history_clusters import (
    behaviour_points,
    cluster,
    compress_user,
    num_compressible,
)
from tests.testing import arrays

START = 1_000
FIELDS = ("history/item", "history/kind")


def make_user(items, kinds=None, times=None, lengths=(12, 13)):
    """Behaviours every 10 s from 900 s on: ten of them before the window."""
    count = len(items)
    times = 900 + 10 * np.arange(count) if times is None else times
    return {
        "user_key": np.array([7]),
        "history/item": np.array(items, "int64"),
        "history/kind": np.array(kinds or [1] * count, "int64"),
        "history_time": np.array(times, "int64"),
        "impression_time": np.array([times[n - 1] + 5 for n in lengths]),
        "history_length": np.array(lengths, "int64"),
        "label": np.ones(len(lengths), "float32"),
    }


def test_points_differ_by_two_for_a_field():
    items, kinds = np.arange(400), np.array(["a", "b"] * 200)
    points = behaviour_points([items, kinds])
    squared = np.square(points[2:] - points[:-2]).sum(axis=1)  # Of the items alone.
    # 32 signs that differ or not, 4 / 32 each: 2 with a deviation of 0.35.
    assert abs(squared.mean() - 2) < 5 * 0.36 / np.sqrt(len(squared))
    again = behaviour_points([items[::-1], kinds[::-1]])
    np.testing.assert_array_equal(again[::-1], points)


@pytest.mark.parametrize("max_size", [1, 4, 50])
def test_clusters_are_a_partition_within_the_groups(max_size):
    points, groups = arrays(0, (90, 5)), np.arange(90) % 3
    found = cluster(points, max_size, groups)
    members = np.concatenate(found)
    np.testing.assert_array_equal(np.sort(members), np.arange(90))
    assert max(map(len, found)) <= max_size
    assert all(len(set(groups[some])) == 1 for some in found)
    if max_size == 50:
        assert len(found) == 3


def test_groups_far_apart_are_found():
    points = np.array([[0.0, 0], [0, 1], [9, 9], [9, 8], [1, 0]])
    found = cluster(points, 3)
    assert sorted(some.tolist() for some in found) == [[0, 1, 4], [2, 3]]


def test_fewer_places_than_parts():
    # 800 behaviours are split in seven where there are as many places.
    points = np.repeat([[1.0, 2], [3, 4]], 400, axis=0)
    found = cluster(points, 400)
    assert sorted(some.tolist() for some in found) == [
        list(range(400)),
        list(range(400, 800)),
    ]


def test_equal_points_are_cut_where_they_stand():
    found = cluster(np.ones((7, 2)), 3)
    assert sorted(some.tolist() for some in found) == [[0, 1, 2], [3, 4, 5], [6]]


def test_nothing_to_cluster():
    assert cluster(np.zeros((0, 2)), 3) == []


@pytest.mark.parametrize(
    "lengths, num_recent, wanted",
    [((12, 13), 0, 10), ((12, 13), 4, 6), ((3, 13), 1, 2), ((0,), 0, 0), ((), 0, 10)],
)
def test_what_every_impression_sees_is_compressed(lengths, num_recent, wanted):
    user = make_user(range(1, 14), lengths=lengths)
    assert num_compressible(user, START, num_recent) == wanted
    assert num_compressible(user, START, 11) == 0


def test_virtual_behaviours_by_hand():
    items = [5, 6, 5, 5, 6, 6, 5, 8, 9, 4, 1, 2, 3]
    user = make_user(items, kinds=[1, 2, 1, 1, 2, 2, 1, 3, 3, 1, 1, 1, 1])
    found = compress_user(user, FIELDS, START, 4, 3, group_by="history/kind")
    # Seven: four of item 5 at 900, 920, 930, 960 and three of 6 at 910, 940, 950.
    np.testing.assert_array_equal(found["history_time"][:2], [927, 933])
    np.testing.assert_array_equal(found["history_size"], [4, 3] + [1] * 6)
    np.testing.assert_array_equal(found["history/item"], [5, 6, 8, 9, 4, 1, 2, 3])
    np.testing.assert_array_equal(found["history/kind"], [1, 2, 3, 3, 1, 1, 1, 1])
    np.testing.assert_array_equal(found["history_time"][2:], user["history_time"][7:])
    np.testing.assert_array_equal(found["history_length"], [12 - 5, 13 - 5])
    for name in ("user_key", "impression_time", "label"):
        np.testing.assert_array_equal(found[name], user[name])


def test_the_ids_are_those_of_the_member_nearest_to_the_mean():
    user = make_user([5, 6, 5, 7, 5] + [1] * 8)  # The mean is nearest to item 5.
    found = compress_user(user, FIELDS, START, 5, 5)
    np.testing.assert_array_equal(found["history_size"], [5] + [1] * 8)
    assert found["history/item"][0] == 5


def test_a_large_history_keeps_its_count_order_and_prefixes():
    rng = np.random.default_rng(0)
    times = np.sort(rng.integers(0, 2 * START, 500))
    lengths = np.sort(rng.integers(300, 500, 20))
    user = make_user(rng.integers(1, 9, 500), times=times, lengths=lengths)
    found = compress_user(user, FIELDS, START, 20, 10)
    count = num_compressible(user, START, 10)
    assert found["history_size"].sum() == 500
    assert found["history_size"].max() <= 20
    assert len(found["history_size"]) < 500 - 0.7 * count
    assert (np.diff(found["history_time"]) >= 0).all()
    for before, after in zip(lengths, found["history_length"], strict=True):
        assert found["history_size"][:after].sum() == before
        last = found["history_time"][after - 1]
        assert last == times[before - 1]  # Real: the recent ones stay.


def test_later_behaviours_never_change_a_cluster():
    rng = np.random.default_rng(1)
    items = rng.integers(1, 5, 13)
    user, other = make_user(items), make_user(items)
    other["history/item"][10:] += 3
    found, wanted = (compress_user(u, FIELDS, START, 3, 2) for u in (other, user))
    old = len(found["history_size"]) - 5
    for name in (*FIELDS, "history_time", "history_size"):
        np.testing.assert_array_equal(found[name][:old], wanted[name][:old])
