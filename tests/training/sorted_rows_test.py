"""Tests of sums whose shapes hang on no value."""

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.training.distinct_rows import DistinctRows
from diffumin_tf.training.optimizers import LazyAdagrad, LazyAdam
from diffumin_tf.training.sorted_rows import sum_sorted
from tests.testing import arrays, in_graph

ROWS = np.array([4, 0, 2, 4, 0, 9, 2, 4, 0], "int32")  # 0 is padding
GRADIENTS = arrays(0, (len(ROWS), 2))


@pytest.mark.parametrize("jit", [False, True])
def test_sums_stand_once_and_padding_fills_the_rest(jit):
    rows, sums = in_graph(sum_sorted, jit_compile=jit)(ROWS, GRADIENTS)
    wanted = np.stack([GRADIENTS[ROWS == row].sum(0) for row in range(10)])
    assert sorted(rows.numpy()) == [0, 0, 0, 0, 0, 0, 2, 4, 9]
    np.testing.assert_allclose(sums, wanted[rows], atol=1e-12)


@pytest.mark.parametrize("make", [LazyAdam, LazyAdagrad])
def test_an_optimiser_moves_the_table_as_by_the_rows_themselves(make):
    def trained(slices):
        table = tf.Variable(np.ones((10, 2)))
        optimizer = make(0.1)
        optimizer.build([table])
        for _ in range(3):
            optimizer.apply([slices], [table])
        return table.numpy()

    wanted = trained(tf.IndexedSlices(tf.constant(GRADIENTS), tf.constant(ROWS)))
    rows, sums = sum_sorted(tf.constant(ROWS), tf.constant(GRADIENTS))
    # float64: sums in another order.
    np.testing.assert_allclose(trained(DistinctRows(sums, rows)), wanted, atol=1e-12)
    assert not np.allclose(wanted[0], 1)


def test_shapes_are_known_before_the_values_are():
    specs = tf.TensorSpec([9], "int32"), tf.TensorSpec([9, 2], "float64")
    rows, sums = in_graph(sum_sorted).get_concrete_function(*specs).output_shapes
    assert (rows, sums) == ([9], [9, 2])
