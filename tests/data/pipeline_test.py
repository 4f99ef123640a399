"""Tests of the batches: contents, order, and what is refused."""

import gc

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.data.pipeline import make_dataset
from diffumin_tf.features import DenseField, FeatureSpec, Field, Table
from tests.data.fake_source import FakeSource

# Rows: padding 0; poi 1..32 (missing 1, unknown 2, id i at 2 + i); city 33..36.
SPEC = FeatureSpec(
    tables=[Table("poi", "dense", 30), Table("city", "vocabulary", 2, ("a", "b"))],
    fields=[
        Field("history/poi", "poi", "history"),
        Field("target/poi", "poi", "target"),
        Field("user/city", "city", "user", "string"),
    ],
    dense_fields=[DenseField("context/price", "context")],
)
SPLITS = {
    "train": (0, 100),
    "test": (100, 200),
    "none": (500, 600),
    "all": (0, 500),
}


def make_user(key, history, prefixes, times, city="a", **changes):
    """A user; the impressions' targets and prices are 1, 2, 3, ..."""
    count = len(prefixes)
    user = {
        "user_key": [key],
        "history/poi": history,
        "history_time": [10 * (place + 1) for place in range(len(history))],
        "target/poi": range(1, count + 1),
        "context/price": range(1, count + 1),
        "user/city": [city],
        "impression_time": times,
        "history_length": prefixes,
        "label": [place % 2 for place in range(count)],
        "true_ctr": [key / 100] * count,
    }
    return {**user, **changes}


USERS = [
    make_user(1, [1, 2, 3, 4, 5, 6], [2, 4, 5, 6], [25, 45, 55, 99], city="b"),
    make_user(2, [], [0], [50], city="oslo"),
    make_user(3, [7, 0, 31], [1, 3, 3], [15, 40, 150], city=""),
    make_user(4, [8, 9], [2], [120]),
]


def make_batches(users=USERS, split="train", **options):
    source = FakeSource(SPEC, users, SPLITS, extra=("true_ctr",))
    options = {"batch_size": 10, "sequence_length": 3, "slack": 1, **options}
    return list(make_dataset(source, split, **options))


def many_users(count=12):
    rng = np.random.default_rng(0)
    users = []
    for key in range(count):
        prefixes = np.sort(rng.integers(0, 21, rng.integers(1, 9)))
        history = rng.integers(0, 32, 20)
        users.append(make_user(key, history, prefixes, prefixes))
    return users


def expand(features):
    """Dense windows [B, l, F] of table rows: what each impression sees."""
    table = features.get("rows")
    history = (
        features["history"] if table is None else table.numpy()[features["history"]]
    )
    rows = np.asarray(history)
    if "user_index" in features:
        rows = rows[features["user_index"]]
    windows = np.zeros((len(rows), 3, rows.shape[2]), np.int32)
    spans = zip(features["history_start"], features["history_length"], strict=True)
    for place, (start, length) in enumerate(spans):
        windows[place, :length] = rows[place, start : start + length]
    return windows


def test_a_batch_in_rows_of_the_table():
    ((features, label),) = make_batches(deduplicate=False)
    # User 1 has three rows (bins of 2), users 2 and 3 have one each and two.
    np.testing.assert_array_equal(
        features["history"][..., 0],
        [
            [4, 3, 0, 0],
            [6, 5, 4, 0],
            [8, 7, 6, 5],
            [0, 0, 0, 0],
            [9, 0, 0, 0],
            [2, 1, 9, 0],  # Over the range, no value, id 7.
            [0, 0, 0, 0],
            [0, 0, 0, 0],
        ],
    )
    np.testing.assert_array_equal(features["user_index"], [0, 1, 2, 2, 3, 4, 5])
    np.testing.assert_array_equal(features["history_start"], [0, 0, 1, 0, 0, 0, 0])
    np.testing.assert_array_equal(features["history_length"], [2, 3, 3, 3, 0, 1, 3])
    np.testing.assert_array_equal(
        features["target"][:, 0], np.array([1, 2, 3, 4, 1, 1, 2]) + 2
    )
    np.testing.assert_array_equal(features["other"][:, 0], [36, 36, 36, 36, 34, 33, 33])
    np.testing.assert_array_equal(features["dense"][:, 0], [1, 2, 3, 4, 1, 1, 2])
    np.testing.assert_array_equal(features["user_key"], [1, 1, 1, 1, 2, 3, 3])
    np.testing.assert_array_equal(
        features["impression_time"], [25, 45, 55, 99, 50, 15, 40]
    )
    np.testing.assert_allclose(features["true_ctr"][:5], [0.01] * 4 + [0.02])
    np.testing.assert_array_equal(label, [0, 1, 0, 1, 0, 0, 1])
    assert "rows" not in features and "history_time" not in features


def test_distinct_rows_give_the_rows_of_the_table():
    ((plain, _),) = make_batches(deduplicate=False)
    ((distinct, _),) = make_batches()
    assert distinct["rows"][0] == 0
    assert distinct["rows"].shape == (1024,)
    for name in ("history", "target", "other"):
        found = tf.gather(distinct["rows"], distinct[name])
        np.testing.assert_array_equal(found, plain[name])


def test_history_time_lies_beside_the_history():
    ((features, _),) = make_batches(with_time=True, deduplicate=False)
    np.testing.assert_array_equal(
        features["history_time"][:6],
        [
            [20, 10, 0, 0],
            [40, 30, 20, 0],
            [60, 50, 40, 30],
            [0, 0, 0, 0],
            [10, 0, 0, 0],
            [30, 20, 10, 0],
        ],
    )
    assert features["history_time"].dtype == tf.int64


def test_a_split_keeps_its_impressions_and_their_whole_past():
    ((features, _),) = make_batches(split="test", deduplicate=False)
    np.testing.assert_array_equal(features["user_key"], [3, 4])
    np.testing.assert_array_equal(features["history_length"], [3, 2])
    np.testing.assert_array_equal(features["target"][:, 0], [5, 3])


def test_time_range_keeps_a_half_open_part_of_the_split():
    ((features, _),) = make_batches(time_range=(25, 50))
    np.testing.assert_array_equal(features["impression_time"], [25, 45, 40])


@pytest.mark.parametrize(
    ("batch_size", "slack"), [(1, 2), (3, 0), (3, 2), (16, 2), (16, 50)]
)
def test_grouped_and_ungrouped_batches_hold_the_same(batch_size, slack):
    options = {"users": many_users(), "batch_size": batch_size, "slack": slack}
    grouped = make_batches(**options)
    ungrouped = make_batches(grouped=False, **options)
    for (one, label_one), (other, label_other) in zip(grouped, ungrouped, strict=True):
        np.testing.assert_array_equal(expand(one), expand(other))
        np.testing.assert_array_equal(label_one, label_other)
        # Nothing is gathered, and so trained, that no impression sees.
        np.testing.assert_array_equal(np.unique(one["rows"]), np.unique(other["rows"]))
        assert one["history"].shape[1] == 3 + slack
        assert one["history"].shape[0] % 8 == 0
        assert other["history"].shape[:2] == (len(label_other), 3)
        assert "user_index" not in other


def test_an_impression_has_one_noise_key_whatever_the_batch():
    small = make_batches(batch_size=2, grouped=False)
    joined = tf.concat([features["noise_key"] for features, _ in small], axis=0)
    ((features, _),) = make_batches()
    np.testing.assert_array_equal(features["noise_key"], joined)
    assert len(set(joined.numpy())) == len(joined)


def test_a_user_longer_than_a_batch_is_split():
    user = make_user(1, [1, 2], [2] * 7, range(30, 37))
    batches = make_batches(users=[user], batch_size=3, deduplicate=False)
    assert [len(label) for _, label in batches] == [3, 3, 1]
    for features, label in batches:
        np.testing.assert_array_equal(features["history"][0, :, 0], [4, 3, 0, 0])
        np.testing.assert_array_equal(features["user_index"], [0] * len(label))


def test_the_last_partial_batch_is_dropped_in_training_only():
    def sizes(**options):
        return [len(label) for _, label in make_batches(batch_size=4, **options)]

    assert sizes() == [4, 3]
    assert sizes(seed=1) == [4]
    assert sizes(seed=1, drop_remainder=False) == [4, 3]


def test_the_order_is_a_function_of_seed_and_epoch():
    def keys(**order):
        batches = make_batches(users=many_users(), batch_size=4, **order)
        return [tuple(features["user_key"].numpy()) for features, _ in batches]

    first = keys(seed=3, epoch=1)
    assert keys(seed=3, epoch=1) == first
    assert keys(seed=3, epoch=0) != first
    assert keys(seed=4, epoch=1) != first
    stored = sum(keys(), ())
    assert stored == tuple(sorted(stored))


def test_weights_are_the_third_part():
    users = [make_user(1, [1], [1, 1], [20, 30], weight=[0.5, 2.0])]
    ((features, _, weight),) = make_batches(users=users)
    np.testing.assert_array_equal(weight, [0.5, 2.0])
    assert "weight" not in features


def test_training_batches_have_static_shapes():
    source = FakeSource(SPEC, USERS, SPLITS)
    options = {"batch_size": 4, "sequence_length": 3, "slack": 2, "seed": 0}
    features, label = make_dataset(source, "train", **options).element_spec
    assert label.shape == (4,)
    assert features["history"].shape.as_list() == [None, 5, 1]
    assert features["target"].shape == features["other"].shape == (4, 1)
    options["grouped"] = False
    features, _ = make_dataset(source, "train", **options).element_spec
    assert features["history"].shape == (4, 3, 1)


def test_the_vocabulary_outlives_the_call():
    source = FakeSource(SPEC, USERS, SPLITS)
    dataset = make_dataset(source, "train", batch_size=2, sequence_length=3)
    gc.collect()
    assert len(list(dataset)) == 4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 0}, "batch_size must be at least 1.*batch_size=0"),
        ({"sequence_length": 0}, "sequence_length must be at least 1"),
        ({"slack": -1}, "slack must be at least 0.*slack=-1"),
        ({"split": "dev"}, r"one of \['all', 'none', 'test', 'train'\].*split='dev'"),
        ({"split": "none"}, "must hold impressions.*split='none'"),
        ({"time_range": (50, 101)}, r"a part of split 'train'.*\(50, 101\)"),
        ({"time_range": (50, 50)}, r"a part of split 'train'.*\(50, 50\)"),
    ],
)
def test_error_on_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        make_batches(**options)


def test_a_split_by_user_takes_each_users_own_impressions():
    splits = {"train": (0, 100), "test": (0, 200)}
    users = [
        make_user(1, [1, 2, 3], [1, 2, 3], [15, 25, 35], split=[0, 0, 1]),
        make_user(2, [4, 5, 6], [1, 2, 3], [15, 25, 150], split=[0, 1, 1]),
        make_user(3, [7], [1], [15], split=[0]),
    ]
    source = FakeSource(SPEC, users, splits, ("true_ctr",), split_by_user=True)

    def pairs(split, **options):
        batches = make_dataset(
            source, split, batch_size=9, sequence_length=3, slack=1, **options
        )
        (batch,) = [features for features, _ in batches]
        columns = (batch[name].numpy() for name in ("user_key", "impression_time"))
        return list(zip(*columns, strict=True))

    assert pairs("train") == [(1, 15), (1, 25), (2, 15), (3, 15)]
    assert pairs("test") == [(1, 35), (2, 25), (2, 150)]
    # A time range is still a part of the split: the last days of training.
    assert pairs("train", time_range=(20, 100)) == [(1, 25)]
