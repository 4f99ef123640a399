import keras
import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.training.distinct_rows import DistinctRows

ROWS = tf.constant([3, 1])


def make_slices():
    return DistinctRows(tf.constant([[3.0], [4.0]]), ROWS, tf.constant([5, 1]))


@pytest.mark.parametrize(
    "derive",
    [
        lambda slices: tf.clip_by_norm(slices, 1.0),
        lambda slices: tf.cast(slices, tf.float64),
        tf.function(lambda slices: slices),
        tf.function(lambda slices: make_slices()),
    ],
)
def test_slices_made_of_it_lose_the_promise(derive):
    derived = derive(make_slices())
    assert isinstance(derived, tf.IndexedSlices)
    assert not isinstance(derived, DistinctRows)
    np.testing.assert_array_equal(derived.indices, ROWS)


def test_other_optimizers_take_it_as_a_sparse_gradient():
    table = keras.Variable(np.zeros((5, 1)), dtype="float32")
    optimizer = keras.optimizers.SGD(0.5)
    optimizer.build([table])
    optimizer.apply([make_slices()], [table])
    np.testing.assert_array_equal(table.numpy()[:, 0], [0, -2, 0, -1.5, 0])
