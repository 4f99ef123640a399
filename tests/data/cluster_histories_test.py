"""Tests of the clustered users on disk, and of the batches that come of them."""

import numpy as np
import pytest

from diffumin_tf.data.cluster_histories import cluster_histories
from diffumin_tf.data.industry_world import IndustryWorld
from diffumin_tf.data.pipeline import make_dataset
from diffumin_tf.data.records import UserRecords, write_users

NUM_RECENT = 5


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("users")
    world = IndustryWorld(num_users=4, impressions_per_user=3)
    write_users(folder / "plain", map(world.user, range(4)), world.schema, 1)
    report = cluster_histories(folder / "plain", folder / "clustered", 4, NUM_RECENT)
    (folder / "report.txt").write_text("\n".join(report.lines()))
    return folder


def both(folder):
    records = [UserRecords(folder / name) for name in ("plain", "clustered")]
    return zip(*(r.users().as_numpy_iterator() for r in records), strict=True)


def test_every_user_is_shorter_and_as_many_behaviours(folder):
    UserRecords(folder / "clustered").check()
    old = clusters = total = 0
    for plain, found in both(folder):
        saved = len(plain["history_time"]) - len(found["history_time"])
        assert saved > 0
        assert found["history_size"].sum() == len(plain["history_time"])
        for before, after in zip(
            plain["history_length"], found["history_length"], strict=True
        ):
            recent = (
                slice(before - NUM_RECENT, before),
                slice(after - NUM_RECENT, after),
            )
            for name in ("history/poi", "history_time"):
                one, two = plain[name][recent[0]], found[name][recent[1]]
                np.testing.assert_array_equal(one, two)
        total += len(plain["history_time"])
        start = UserRecords(folder / "plain").schema.splits["train"][0]
        compressed = (plain["history_time"] < start).sum() - NUM_RECENT
        old, clusters = old + compressed, clusters + compressed - saved
    first, second = (folder / "report.txt").read_text().splitlines()
    assert first == "4 users, 4 with an old part to compress"
    assert second.startswith(f"{old} of {total} behaviours became {clusters} clusters")
    assert second.endswith("4 at most")


@pytest.mark.parametrize("grouped", [True, False])
def test_batches_carry_the_sizes_with_the_times(folder, grouped):
    source = UserRecords(folder / "clustered")
    options = {"batch_size": 4, "sequence_length": 2000, "grouped": grouped}
    dataset = make_dataset(source, "test", with_time=True, **options)
    users = {int(found["user_key"][0]): found for _, found in both(folder)}
    num_rows = 0
    for features, _ in dataset.as_numpy_iterator():
        for row, key in enumerate(features["user_key"]):
            stored = features["user_index"][row] if grouped else row
            start, length = (features[f"history_{n}"][row] for n in ("start", "length"))
            window = slice(start, start + length)
            sizes = features["history_size"][stored, window]
            times = features["history_time"][stored, window]
            user = users[int(key)]
            place = np.flatnonzero(
                user["impression_time"] == features["impression_time"][row]
            )[0]
            seen = slice(None, user["history_length"][place])
            wanted = user["history_size"][seen][::-1][:2000]
            np.testing.assert_array_equal(sizes, wanted)
            np.testing.assert_array_equal(
                times, user["history_time"][seen][::-1][:2000]
            )
            num_rows += sizes.max() > 1
    assert num_rows
    features, _ = next(iter(make_dataset(source, "test", **options)))
    assert not {"history_time", "history_size"} & set(features)


@pytest.mark.parametrize(
    "name, options, message",
    [
        ("plain", {"max_size": 0}, "max_size must be at least 1. Received: 0"),
        ("plain", {"num_recent": -1}, "num_recent must be at least 0. Received: -1"),
        ("plain", {"group_by": "x"}, "group_by must be one of.*Received: 'x'"),
        ("clustered", {}, "must not be clustered yet. Received: .*clustered"),
    ],
)
def test_what_is_refused(folder, name, options, message):
    with pytest.raises(ValueError, match=message):
        cluster_histories(folder / name, folder / "other", **options)
    assert not (folder / "other").exists()
