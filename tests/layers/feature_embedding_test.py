"""Tests of the one embedding table: padding, fields, deduplicated batches."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.layers import FeatureEmbedding
from tests.testing import run_layer_test

TABLE = np.array([[9.0, 9.0], [1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
IDS = np.array([[1, 3], [0, 2]])


def built():
    layer = FeatureEmbedding(4, 2, dtype="float64")
    layer.build()
    layer.table.assign(TABLE)
    return layer


def test_joins_the_fields_and_keeps_padding_at_zero():
    np.testing.assert_array_equal(built()(IDS), [[1, 2, 5, 6], [0, 0, 3, 4]])


def test_mixed_precision_casts_rows_and_never_the_whole_table():
    class Reader(keras.layers.Layer):
        """A layer inside of which Keras casts weights."""

        def call(self, ids):
            self.read = embedding.table.value.dtype
            return embedding(ids)

    embedding = FeatureEmbedding(4, 2, dtype="mixed_bfloat16")
    embedding.build()
    reader = Reader(dtype="mixed_bfloat16")
    assert reader(IDS).dtype == "bfloat16"
    assert reader.read == "float32"


def test_padding_is_not_trained():
    layer = built()
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(layer(IDS))
    found = tf.convert_to_tensor(tape.gradient(total, layer.table.value))
    np.testing.assert_array_equal(found, [[0, 0], [1, 1], [1, 1], [1, 1]])


def test_positions_in_the_distinct_rows_give_the_same():
    layer = built()
    rows, positions = np.array([0, 3, 1, 2, 0]), np.array([[2, 1], [0, 3]])
    gathered = tf.constant(TABLE[rows])
    with tf.GradientTape() as tape:
        tape.watch(gathered)
        found = layer.join(tf.gather(layer.blank(gathered, rows), positions))
        total = tf.reduce_sum(found)
    np.testing.assert_array_equal(found, layer(IDS))
    touched = tf.convert_to_tensor(tape.gradient(total, gathered))
    np.testing.assert_array_equal(touched[:, 0], [0, 1, 1, 1, 0])


def test_rare_ids_read_as_zero_and_are_not_trained():
    layer = FeatureEmbedding(4, 2, admission_count=2, dtype="float64")
    layer.build()
    layer.table.assign(TABLE)
    layer.sightings.assign([0, 1, 2, 3])
    with tf.GradientTape() as tape:
        found = layer(IDS)
        total = tf.reduce_sum(found)
    np.testing.assert_array_equal(found, [[0, 0, 5, 6], [0, 0, 3, 4]])
    moved = tf.convert_to_tensor(tape.gradient(total, layer.table.value))
    np.testing.assert_array_equal(moved, [[0, 0], [0, 0], [1, 1], [1, 1]])


def test_padding_is_always_admitted():
    layer = FeatureEmbedding(4, 2, admission_count=2)
    found = layer.admitted(np.array([0, 1, 2]), np.array([0, 1, 2]))
    np.testing.assert_array_equal(found, [True, False, True])


def test_counts_are_kept_only_where_they_are_asked_for():
    plain, counting = FeatureEmbedding(4, 2), FeatureEmbedding(4, 2, admission_count=1)
    plain.build()
    counting.build()
    assert [v.name for v in plain.variables] == ["table"]
    assert [(v.name, v.dtype) for v in counting.non_trainable_variables] == [
        ("sightings", "int32")
    ]


def test_layer():
    run_layer_test(
        lambda dtype: FeatureEmbedding(4, 2, "normal", dtype=dtype), [IDS], trainable=8
    )


def test_layer_with_counts():
    run_layer_test(
        lambda dtype: FeatureEmbedding(4, 2, "normal", admission_count=5, dtype=dtype),
        [IDS],
        trainable=8,
        fixed=4,
    )


def test_too_few_rows():
    with pytest.raises(ValueError, match="num_rows must be at least 2.*received 1"):
        FeatureEmbedding(1)


def test_empty_embeddings():
    with pytest.raises(ValueError, match="embedding_dim must be positive; received 0"):
        FeatureEmbedding(4, 0)


def test_negative_admission_count():
    with pytest.raises(ValueError, match="must not be negative; received -1"):
        FeatureEmbedding(4, admission_count=-1)
