"""A few released records, written by hand, and a native data set of many kinds."""

import os
from pathlib import Path

import numpy as np
import tensorflow as tf

from diffumin_tf.data.released.data_struct import DataStruct
from diffumin_tf.data.schema import Schema
from diffumin_tf.features import DenseField, FeatureSpec, Field, Table

_ROOT = Path(__file__).resolve().parents[3]
_SHARED = Path(os.environ.get("DIFFUMIN_SHARED", _ROOT.parent / "shared"))
ELEME = _SHARED / "data/released_configs/eleme/data_struct.json"
NO_ELEME = f"no released data_struct.json at {ELEME}"
STRUCT = DataStruct(
    cat_feature=("user_id", "shop_id", "shop_id_list[0]", "shop_id_list[1]"),
    dense_feature=("price",),
    auxiliary_info=("time_stamp",),
)
RECORD = {
    "label": [1.0],
    "cat_feature": [4, 7, 8, 0],
    "dense_feature": [0.5],
    "auxiliary_info": [100],
}
SCHEMA = Schema(
    features=FeatureSpec(
        tables=(Table("item", "dense", 9), Table("shop", "hashed", 5)),
        fields=(
            Field("history/item", "item", "history"),
            Field("target/item", "item", "target"),
            Field("history/shop", "shop", "history"),
            Field("target/shop", "shop", "target"),
            Field("user/shop_most", "shop", "user"),
        ),
        dense_fields=(
            DenseField("context/price", "context"),
            DenseField("user/x", "user"),
        ),
    ),
    splits={"train": (0, 60), "test": (50, 100)},
    num_users=10,
    extra=("weight", "truth"),
    split_by_user=True,
)


def make_user(number):
    """A user of `SCHEMA`; a pure function of its number."""
    rng = np.random.default_rng(number)
    behaviours, impressions = rng.integers(0, 9), rng.integers(1, 6)
    times = np.sort(rng.integers(0, 90, behaviours))
    shown = np.sort(rng.integers(10, 100, impressions))
    return {
        "user_key": np.array([-7 * number]),
        "user/shop_most": rng.integers(0, 2**62, 1),
        "user/x": rng.normal(size=1).astype(np.float32),
        "history/item": rng.integers(0, 10, behaviours),
        "history/shop": rng.integers(0, 2**62, behaviours),
        "history_time": times,
        "target/item": rng.integers(0, 10, impressions),
        "target/shop": rng.integers(0, 2**62, impressions),
        "context/price": rng.normal(size=impressions).astype(np.float32),
        "impression_time": shown,
        "history_length": np.searchsorted(times, shown),
        "label": rng.integers(0, 2, impressions).astype(np.float32),
        "weight": rng.random(impressions).astype(np.float32),
        "truth": rng.random(impressions).astype(np.float32),
        "split": np.sort(rng.integers(0, 2, impressions)),
    }


def seen(user):
    """A user without the behaviours that none of its impressions sees."""
    longest, of_history = max(user["history_length"]), ("history/", "history_time")
    return {
        name: values[:longest] if name.startswith(of_history) else values
        for name, values in user.items()
    }


def feature(values):
    """A feature of the kind of the values, if it is none already."""
    if isinstance(values, tf.train.Feature):
        return values
    if any(isinstance(value, float) for value in values):
        return tf.train.Feature(float_list=tf.train.FloatList(value=values))
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))


def write_records(path, records, compression=None):
    """Writes records, each key to list of values, to a file; returns its path."""
    with tf.io.TFRecordWriter(str(path), compression) as writer:
        for record in records:
            entries = {key: feature(values) for key, values in record.items()}
            example = tf.train.Example(features=tf.train.Features(feature=entries))
            writer.write(example.SerializeToString())
    return str(path)


def write_struct(directory, struct=STRUCT):
    """Writes `data_struct.json`; returns its path."""
    path = directory / "data_struct.json"
    path.write_text(struct.to_json())
    return str(path)
