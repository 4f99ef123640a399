"""Tests of embedding a deduplicated batch."""

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.layers import FeatureEmbedding
from diffumin_tf.models.row_lookup import row_lookup

ROWS = np.array([3, 1, 0, 0], "int32")  # filled up with padding
VALUES = np.array([[1, 2], [3, 4], [5, 6], [7, 8]], "float64")
POSITIONS = np.array([[[0, 1], [1, 2]]], "int32")


def make_lookup(values):
    return row_lookup(FeatureEmbedding(5, 2, dtype="float64"), ROWS, values)


def test_fields_stand_side_by_side_and_padding_is_zero():
    found = make_lookup(tf.constant(VALUES))(POSITIONS)
    np.testing.assert_array_equal(found, [[[1, 2, 3, 4], [3, 4, 0, 0]]])


@pytest.mark.parametrize("jit", [False, True])
def test_gradients_of_equal_positions_are_summed(jit):
    upstream = tf.constant([[[1.0, 2, 3, 4], [10, 20, 30, 40]]], "float64")

    @tf.function(jit_compile=jit)
    def gradient(values):
        with tf.GradientTape() as tape:
            tape.watch(values)
            lookup = make_lookup(values)
            total = tf.reduce_sum(lookup(POSITIONS) * upstream)
            total += tf.reduce_sum(lookup(POSITIONS[:, :1]))
        return tape.gradient(total, values)

    found = gradient(tf.constant(VALUES))
    assert isinstance(found, tf.Tensor)  # not slices, whose sum would copy them all
    wanted = [[1 + 1, 2 + 1], [3 + 10 + 1, 4 + 20 + 1], [0, 0], [0, 0]]
    np.testing.assert_array_equal(found, wanted)


def test_bfloat16_is_gathered_and_its_gradient_summed_in_float32():
    rows, values = ROWS[:2], tf.constant(VALUES[:2], "float32")
    embedding = FeatureEmbedding(5, 2, dtype="mixed_bfloat16")
    with tf.GradientTape() as tape:
        tape.watch(values)
        found = row_lookup(embedding, rows, values)(np.zeros([1000, 1], "int32"))
    assert found.dtype == "bfloat16"
    gradient = tape.gradient(found, values)
    # bfloat16 counts to 256.
    np.testing.assert_array_equal(gradient, [[1000, 1000], [0, 0]])
