"""Logs of requests as a server writes them, and two users whose impressions they hold.

A user's second impression sees a behaviour that is a moment old.
"""

from types import SimpleNamespace

import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

from diffumin_tf.data.schema import Schema
from diffumin_tf.features import DenseField, FeatureSpec, Field, Table
from diffumin_tf.serving.predict_request import (
    make_predict_request,
    make_predict_response,
)
from diffumin_tf.serving.request_inputs import RequestInputs

SPEC = FeatureSpec(
    tables=(
        Table("item", "hashed", 9),
        Table("city", "hashed", 9),
        Table("segment", "dense", 3),
    ),
    fields=(
        Field("history/item", "item", "history"),
        Field("history/city", "city", "history", "string"),
        Field("target/item", "item", "target"),
        Field("target/city", "city", "target", "string"),
        Field("user/segment", "segment", "user"),
    ),
    dense_fields=(DenseField("context/price", "context"),),
)
SCHEMA = Schema(SPEC, {"train": (0, 10), "test": (10, 20)}, num_users=2)
INPUTS = RequestInputs(SPEC, with_time=True)
USERS = [
    {
        "user_key": [1],
        "history/item": [11, 12, 13, 14],
        "history/city": [b"a", b"b", b"c", b"d"],
        "history_time": [1, 2, 9, 12],
        "impression_time": [5, 12, 13],
        "history_length": [2, 3, 4],
        "target/item": [4, 5, 6],
        "target/city": [b"x", b"y", b"z"],
        "user/segment": [1],
        "context/price": [0.5, 1.5, 2.5],
    },
    {
        "user_key": [2],
        "history/item": [21],
        "history/city": [b"e"],
        "history_time": [3],
        "impression_time": [15],
        "history_length": [1],
        "target/item": [7],
        "target/city": [b"x"],
        "user/segment": [2],
        "context/price": [3.5],
    },
]
# What a faultless client sends for the test split.
ROWS = {
    "user_key": np.array([1, 1, 2]),
    "impression_time": np.array([12, 13, 15]),
    "history_item": np.array([[13, 12, 11, 0], [14, 13, 12, 11], [21, 0, 0, 0]]),
    "history_city": np.array(
        [[b"c", b"b", b"a", b""], [b"d", b"c", b"b", b"a"], [b"e", b"", b"", b""]],
        object,
    ),
    "history_time": np.array([[9, 2, 1, 0], [12, 9, 2, 1], [3, 0, 0, 0]]),
    "target_item": np.array([5, 6, 7]),
    "target_city": np.array([b"y", b"z", b"x"], object),
    "user_segment": np.array([1, 1, 2]),
    "context_price": np.array([1.5, 2.5, 3.5], np.float32),
}
RANK = {
    "user_key": np.array([1]),
    "impression_time": np.array([13]),
    "history_item": np.array([[14, 13, 12, 11, 0]]),
    "history_city": np.array([[b"d", b"c", b"b", b"a", b""]], object),
    "history_time": np.array([[12, 9, 2, 1, 0]]),
    "target_item": np.array([6, 9]),
    "target_city": np.array([b"z", b"z"], object),
    "user_segment": np.array([1]),
    "context_price": np.array([2.5], np.float32),
}


def small_source(users=USERS):
    def make_users():
        for user in users:
            yield {name: np.array(v, _dtype(name)) for name, v in user.items()}

    specs = {name: tf.TensorSpec([None], _dtype(name)) for name in users[0]}
    dataset = tf.data.Dataset.from_generator(make_users, output_signature=specs)
    return SimpleNamespace(schema=SCHEMA, users=lambda: dataset)


def write_log(path, *entries):
    """Writes a file of requests: a signature, its inputs, and perhaps the scores."""
    with tf.io.TFRecordWriter(str(path)) as writer:
        for entry in entries:
            writer.write(_log(*entry).SerializeToString())
    return path


def edited(**changes):
    """`ROWS` with some inputs replaced, each by a function of a copy."""
    rows = {name: values.copy() for name, values in ROWS.items()}
    for name, change in changes.items():
        changed = change(rows[name])
        rows[name] = rows[name] if changed is None else changed
    return rows


def _log(signature, inputs, scores=None, version=3):
    request = make_predict_request("ctr", signature, inputs)
    log = prediction_log_pb2.PredictLog(request=request)
    if scores is not None:
        outputs = {"click_probability": np.array(scores, np.float32)}
        response = make_predict_response("ctr", signature, outputs, version)
        log.response.CopyFrom(response)
    return prediction_log_pb2.PredictionLog(predict_log=log)


def _dtype(name):
    if name.endswith("city"):
        return object
    return np.float32 if name.endswith("price") else np.int64
