"""The graph refuses what `check_user` refuses; the cases are those of its test."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.data.schema import Schema
from diffumin_tf.data.user_check import check_user
from diffumin_tf.data.user_validity import UserValidity
from diffumin_tf.features import DenseField, FeatureSpec, Field, Table

SCHEMA = Schema(
    features=FeatureSpec(
        tables=(
            Table("item", "dense", 9),
            Table("shop", "hashed", 5),
            Table("city", "hashed", 5),
        ),
        fields=(
            Field("history/item", "item", "history"),
            Field("history/city", "city", "history", "string"),
            Field("target/item", "item", "target"),
            Field("target/city", "city", "target", "string"),
            Field("user/shop", "shop", "user"),
        ),
        dense_fields=(DenseField("user/age", "user"),),
    ),
    splits={"train": (0, 100), "test": (0, 100)},
    num_users=1,
    extra=("weight",),
    split_by_user=True,
)
GOOD = {
    "user_key": [-7],
    "user/shop": [2**62],
    "user/age": [0.5],
    "history/item": [1, 9, 0],
    "history/city": ["a", "", "b"],
    "history_time": [-10, 20, 20],
    "target/item": [3, 4],
    "target/city": ["a", "a"],
    "impression_time": [20, 30],
    "history_length": [2, 3],
    "split": [0, 1],
    "label": [0.0, 1.0],
    "weight": [1.0, 0.0],
}
DTYPES = {name: column.dtype for name, column in SCHEMA.columns.items()}


@pytest.fixture(scope="module")
def holds():
    validity = UserValidity(SCHEMA)
    signature = {n: tf.TensorSpec([None], dtype) for n, dtype in DTYPES.items()}
    return tf.function(validity.holds, input_signature=[signature])


def refused(holds, user):
    tensors = {name: tf.constant(v, DTYPES[name]) for name, v in user.items()}
    try:
        return not holds(tensors)
    except tf.errors.InvalidArgumentError:
        return True


def empty(*names):
    return {name: [] for name in names}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"user_key": [2**63 - 1], "user/shop": [0]},
        {
            **empty("history/item", "history/city", "history_time"),
            "history_length": [0, 0],
        },
        empty(
            "target/item",
            "target/city",
            "impression_time",
            "history_length",
            "split",
            "label",
            "weight",
        ),
    ],
)
def test_holds(holds, change):
    assert not refused(holds, {**GOOD, **change})


@pytest.mark.parametrize(
    "change",
    [
        {"user_key": [1, 2]},
        {"user_key": [], "user/shop": []},
        {"user/shop": [1, 1]},
        {"user/shop": [-1]},
        {"user/age": [np.nan]},
        {"user/age": []},
        {"history/item": [1, 10, 0]},
        {"history/item": [1, -1, 0]},
        {"history/item": [1, 1]},
        {"history/city": ["a", "b"]},
        {"target/item": [3, -(2**63)]},
        {"target/item": [3]},
        {"target/city": ["a", "b", "c"]},
        {"label": [0.0, 2.0]},
        {"label": [0.0, -1.0]},
        {"label": [0.0, 0.5]},
        {"label": [0.0, np.nan]},
        {"label": [1.0]},
        {"weight": [1.0, -0.5]},
        {"weight": [1.0, np.inf]},
        {"weight": [1.0]},
        {"history_time": [10, 9, 20]},
        {"impression_time": [31, 30]},
        {"impression_time": [19, 30]},
        {"history_length": [2, 4]},
        {"history_length": [-1, 3]},
        {"history_length": [2]},
        {"split": [0, 2]},
        {"split": [-1, 0]},
        {"split": [1, 0]},
        {"split": [0]},
    ],
)
def test_refuses_like_the_check_in_words(holds, change):
    user = {**GOOD, **change}
    with pytest.raises(ValueError):
        check_user(
            {name: np.array(values) for name, values in user.items()}, SCHEMA, ""
        )
    assert refused(holds, user)


@pytest.mark.parametrize(
    ("splits", "good"),
    [
        ([0, 1], True),
        ([1, 1], True),
        ([0, 2], False),
        ([1, 0], False),
        ([-1, 0], False),
    ],
)
def test_splits_of_the_impressions(splits, good):
    schema = dataclasses.replace(
        SCHEMA, splits={"train": (0, 9), "test": (5, 99)}, split_by_user=True
    )
    user = {name: tf.constant(v, DTYPES[name]) for name, v in GOOD.items()}
    user["split"] = tf.constant(splits, tf.int64)
    assert bool(UserValidity(schema).holds(user)) == good
