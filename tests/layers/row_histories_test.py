"""Tests of which history a row reads."""

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.layers.row_histories import (
    history_index,
    row_histories,
    rows_by_history,
)


@pytest.mark.parametrize("traced", [False, True])
def test_even_runs_need_no_index(traced):
    stored, rows = tf.constant([[1.0], [2]]), tf.zeros((6, 3))
    run = row_histories
    if traced:
        run = tf.function(run, input_signature=[tf.TensorSpec([None, 1])] * 2)
        rows = rows[:, :1]
    found = run(stored, rows)
    np.testing.assert_array_equal(found, [[1], [1], [1], [2], [2], [2]])
    np.testing.assert_array_equal(run(stored, rows[:2]), stored)


def test_an_index_names_the_histories():
    stored, rows = tf.constant([[1.0], [2]]), tf.zeros((3, 4))
    found = row_histories(stored, rows, tf.constant([1, 0, 1]))
    np.testing.assert_array_equal(found, [[2], [1], [2]])
    np.testing.assert_array_equal(history_index(3, 2, [1, 0, 1]), [1, 0, 1])
    np.testing.assert_array_equal(history_index(4, 2), [0, 0, 1, 1])


def test_rows_of_a_history_are_put_together():
    values = np.arange(24).reshape(4, 3, 2)
    found = rows_by_history(tf.constant(values), tf.zeros((2, 5)))
    np.testing.assert_array_equal(found, values.reshape(2, 6, 2))


def test_no_rows_and_no_histories():
    nothing = tf.TensorSpec([None, 3, 2])
    run = tf.function(rows_by_history, input_signature=[nothing, nothing])
    assert run(tf.zeros((0, 3, 2)), tf.zeros((0, 3, 2))).shape == (0, 0, 2)
