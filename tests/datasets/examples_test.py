import dataclasses
import os

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.data.encoding import IdEncoder
from diffumin_tf.data.pipeline import make_dataset
from diffumin_tf.data.records import UserRecords
from diffumin_tf.datasets.examples import example_features, split_examples
from tests.datasets.small_users import SCHEMA, USERS, write_small_users


def _plain(example):
    return {name: np.asarray(values).tolist() for name, values in example.items()}


def test_an_example_is_what_one_impression_sees_latest_first(tmp_path):
    directory = write_small_users(tmp_path / "users")
    examples = dict(split_examples(directory, "test", 2))
    expected = {
        "user_key": 7,
        "history_time": [120, 20],
        "history/item": [3, 2],
        "history/kind": [b"", b"b"],
        "impression_time": 130,
        "history_length": 2,
        "label": 1.0,
        "target/item": 7,
        "target/kind": b"a",
        "user/name": "Ümit".encode(),
        "context/hour": 0,
        "context/price": 3.5,
        "weight": 4.0,
    }
    first, second = examples.values()
    assert _plain(second) == expected
    # The behaviour at 120 is later than this one.
    assert (first["history_time"].tolist(), first["impression_time"]) == ([20, 10], 110)
    assert set(example_features(SCHEMA.columns)) == set(expected)


def test_no_behaviour_is_an_empty_history(tmp_path):
    directory = write_small_users(tmp_path / "users")
    examples = list(dict(split_examples(directory, "train", 9)).values())
    assert [example["impression_time"] for example in examples] == [5, 30, 99]
    assert [example["history_length"] for example in examples] == [0, 2, 0]
    assert [len(example["history/item"]) for example in examples] == [0, 2, 0]


def test_splits_of_each_user_are_kept_apart(tmp_path):
    schema = dataclasses.replace(
        SCHEMA, splits={"train": (0, 120), "test": (20, 200)}, split_by_user=True
    )
    splits = ([0, 0, 0, 1], [1])
    users = [{**user, "split": s} for user, s in zip(USERS, splits, strict=True)]
    directory = write_small_users(tmp_path / "users", schema, users)
    found = {
        split: [example["impression_time"] for _, example in examples]
        for split in schema.splits
        if (examples := split_examples(directory, split, 5))
    }
    assert found == {"train": [5, 30, 110], "test": [130, 99]}
    assert "split" not in example_features(schema.columns)


def test_shards_together_are_the_whole(tmp_path):
    directory = write_small_users(tmp_path / "users")
    parts = [list(split_examples(directory, "train", 5, shard)) for shard in (0, 1)]
    assert [len(part) for part in parts] == [2, 1]
    whole = [example for _, example in split_examples(directory, "train", 5)]
    read = [example for part in parts for _, example in part]
    assert [_plain(example) for example in read] == [_plain(e) for e in whole]
    assert len({key for part in parts for key, _ in part}) == 3


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_padded_batch_is_what_models_are_trained_on(tmp_path, split):
    directory = write_small_users(tmp_path / "users")
    features = example_features(SCHEMA.columns)
    examples = tf.data.Dataset.from_generator(
        lambda: (e for _, e in split_examples(directory, split, 2)),
        output_signature={
            name: tf.TensorSpec(info.shape, info.dtype)
            for name, info in features.get_tensor_info().items()
        },
    )
    history = {name: [2] for name in features if name.startswith("history/")}
    shapes = {
        name: history.get(name, spec.shape)
        for name, spec in examples.element_spec.items()
    }
    batch = next(iter(examples.padded_batch(8, shapes | {"history_time": [2]})))
    rows = tf.size(batch["label"])
    windows = {"user_index": tf.range(rows), "history_start": tf.zeros(rows, tf.int32)}
    encoded = IdEncoder(SCHEMA.features).encode(batch | windows)
    expected, label, weight = next(
        iter(
            make_dataset(
                UserRecords(directory),
                split,
                batch_size=8,
                sequence_length=2,
                grouped=False,
                deduplicate=False,
            )
        )
    )
    names = ("history", "history_length", "target", "other", "dense", "user_key")
    for name in (*names, "noise_key"):
        np.testing.assert_array_equal(encoded[name], expected[name], err_msg=name)
    np.testing.assert_array_equal(batch["label"], label)
    np.testing.assert_array_equal(batch["weight"], weight)


def test_error_names_the_bad_record(tmp_path):
    directory = write_small_users(tmp_path / "users", num_shards=1)
    path = os.path.join(directory, "users-00000-of-00001.tfrecord")
    os.truncate(path, os.path.getsize(path) - 5)
    for shard in (None, 0):
        with pytest.raises((ValueError, OSError), match="users-00000-of-00001"):
            list(split_examples(directory, "train", 5, shard))
