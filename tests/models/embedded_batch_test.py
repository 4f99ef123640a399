"""Tests of a batch between the input layer and the rest of a model."""

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.layers import FeatureEmbedding
from diffumin_tf.models.embedded_batch import embed_batch
from diffumin_tf.models.row_lookup import row_lookup

ROWS = np.arange(6, dtype="int32")
INPUTS = {
    "rows": ROWS,
    "history": np.array([[[1, 2], [3, 0]], [[4, 5], [1, 1]]], "int32"),
    "target": np.array([[2, 3], [4, 5], [1, 1]], "int32"),
    "noise_key": np.arange(3),
}
POSITIONS = np.array([[1, 0], [1, 1], [0, 1]])


@pytest.mark.parametrize("user_index", [[0, 0, 1], [1, 0, 1]])
def test_behaviours_are_those_of_the_embedded_history(user_index):
    values = tf.random.stateless_uniform((6, 3), [1, 2], dtype="float64")
    embedding = FeatureEmbedding(6, 3, dtype="float64")
    inputs = {**INPUTS, "user_index": np.array(user_index)}
    found = {}
    for name in ("by ids", "picked"):
        with tf.GradientTape() as tape:
            tape.watch(values)
            batch = embed_batch(inputs, row_lookup(embedding, ROWS, values))
            if name == "picked":
                batch = batch._replace(lookup=None)
            behaviours = batch.behaviours(POSITIONS)
            total = tf.reduce_sum(tf.sin(behaviours))
        gradient = tf.convert_to_tensor(tape.gradient(total, values))
        wanted = batch.history.numpy()[np.array(user_index)[:, None], POSITIONS]
        np.testing.assert_array_equal(behaviours, wanted)
        found[name] = gradient
    np.testing.assert_allclose(found["by ids"], found["picked"])
