"""Bytes made without protobuf are those that protobuf makes."""

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.data.example_bytes import example_bytes


def _protobuf(record):
    """The record's bytes by protobuf: name to a list of int or of float."""
    feature = {
        name: tf.train.Feature(float_list=tf.train.FloatList(value=values))
        if name.startswith("float")
        else tf.train.Feature(int64_list=tf.train.Int64List(value=values))
        for name, values in record.items()
    }
    example = tf.train.Example(features=tf.train.Features(feature=feature))
    return example.SerializeToString(deterministic=True)


def _columns(records):
    """The same records as `example_bytes` takes them."""
    columns = {}
    for name in records[0]:
        dtype = np.float32 if name.startswith("float") else np.int64
        values = [np.array(record[name], dtype) for record in records]
        columns[name] = np.concatenate(values), np.array([len(v) for v in values])
    return columns


def test_bytes_are_protobuf_s():
    draw = np.random.default_rng(0)
    records = [
        {
            "int/z": draw.integers(-5, 2**62, count).tolist(),
            "float/x": draw.normal(size=count % 3).astype(np.float32).tolist(),
            "int/a": [int(draw.integers(100))],
            "int/nothing": [],
        }
        # Short, long and empty lists; lengths of one, two and three bytes.
        for count in [0, 1, 2, 13, 14, 15, 200, 2_000, 0, 3]
    ]
    assert example_bytes(_columns(records)) == [_protobuf(r) for r in records]


@pytest.mark.parametrize(
    "number", [0, 1, 127, 128, 2**14 - 1, 2**14, 2**35, 2**63 - 1, -1, -(2**63)]
)
def test_a_number_at_each_edge(number):
    assert example_bytes({"n": (np.array([number]), np.array([1]))}) == [
        _protobuf({"n": [number]})
    ]


def test_no_records():
    assert example_bytes({"n": (np.zeros(0, np.int64), np.zeros(0, np.int64))}) == []
