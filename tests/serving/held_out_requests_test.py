from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.data.schema import Schema
from diffumin_tf.features import FeatureSpec, Field, Table
from diffumin_tf.serving.held_out_requests import HeldOutRequests
from diffumin_tf.serving.request_inputs import RequestInputs

SPEC = FeatureSpec(
    tables=(Table("item", "hashed", 9), Table("segment", "dense", 3)),
    fields=(
        Field("history/item", "item", "history"),
        Field("target/item", "item", "target"),
        Field("user/segment", "segment", "user"),
    ),
)
SPLITS = {"train": (0, 10), "test": (10, 20), "later": (20, 30)}
SCHEMA = Schema(SPEC, SPLITS, num_users=3)
USERS = [
    {
        "user_key": [1],
        "history/item": [11, 12, 13],
        "history_time": [1, 2, 9],
        "impression_time": [5, 12, 13],
        "history_length": [2, 3, 3],
        "target/item": [4, 5, 6],
        "user/segment": [1],
    },
    {
        "user_key": [2],
        "history/item": [21],
        "history_time": [3],
        "impression_time": [4, 15],
        "history_length": [1, 1],
        "target/item": [7, 8],
        "user/segment": [2],
    },
    {  # No impression of the test split.
        "user_key": [3],
        "history/item": [31, 32, 33, 34],
        "history_time": [1, 2, 3, 4],
        "impression_time": [6],
        "history_length": [4],
        "target/item": [9],
        "user/segment": [3],
    },
]


def make_users():
    for user in USERS:
        yield {name: np.array(values, np.int64) for name, values in user.items()}


def held_out(sequence_length=5, split="test", **inputs):
    specs = {name: tf.TensorSpec([None], tf.int64) for name in USERS[0]}
    users = tf.data.Dataset.from_generator(make_users, output_signature=specs)
    source = SimpleNamespace(schema=SCHEMA, users=lambda: users)
    inputs = RequestInputs(SPEC, **inputs)
    return HeldOutRequests(source, inputs, split, sequence_length)


def as_lists(request):
    return {name: values.tolist() for name, values in request.items()}


def test_rows_by_hand():
    assert as_lists(held_out(with_time=True).rows(5)) == {
        "user_key": [1, 1, 2],
        "history_item": [[13, 12, 11], [13, 12, 11], [21, 0, 0]],
        "history_time": [[9, 2, 1], [9, 2, 1], [3, 0, 0]],
        "user_segment": [1, 1, 2],
        "impression_time": [12, 13, 15],
        "target_item": [5, 6, 8],
    }


def test_as_many_rows_as_asked_for_and_the_recent_behaviours():
    assert as_lists(held_out(sequence_length=2).rows(1)) == {
        "user_key": [1],
        "history_item": [[13, 12]],
        "user_segment": [1],
        "impression_time": [12],
        "target_item": [5],
    }


def test_candidates_of_the_user_with_the_longest_history():
    assert as_lists(held_out().rank(4)) == {
        "user_key": [1],
        "history_item": [[13, 12, 11]],
        "user_segment": [1],
        "impression_time": [12],
        "target_item": [5, 6, 8, 5],
    }


def test_behaviours_are_single_ones_where_none_is_a_cluster():
    request = held_out(with_time=True, with_sizes=True).rows(3)
    assert request["history_size"].tolist() == [[1, 1, 1], [1, 1, 1], [1, 0, 0]]


def test_a_split_without_impressions_is_an_error():
    with pytest.raises(ValueError, match="must hold impressions"):
        held_out(split="later").rows(1)
