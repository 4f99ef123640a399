"""Tests of picking behaviours out of stored histories."""

import numpy as np

from diffumin_tf.layers.gather_behaviours import gather_behaviours
from tests.testing import gradients

HISTORY = np.arange(12.0).reshape(2, 3, 2)
POSITIONS = np.array([[2, 0], [1, 1]])


def test_rows_correspond_unless_said():
    wanted = [[[4, 5], [0, 1]], [[8, 9], [8, 9]]]
    np.testing.assert_array_equal(gather_behaviours(HISTORY, POSITIONS), wanted)
    swapped = gather_behaviours(HISTORY, POSITIONS, np.array([1, 0]))
    np.testing.assert_array_equal(swapped, [[[10, 11], [6, 7]], [[2, 3], [2, 3]]])


def test_times_are_gathered_as_integers():
    times = (HISTORY[..., 0] + 2**40).astype("int64")
    found = gather_behaviours(times, POSITIONS.astype("int32"))
    np.testing.assert_array_equal(found, 2**40 + np.array([[4, 0], [8, 8]]))
    assert found.dtype == "int64"


def test_gradient_reaches_what_was_picked():
    found = gradients(lambda history: gather_behaviours(history, POSITIONS), HISTORY)
    wanted = [[[1, 1], [0, 0], [1, 1]], [[0, 0], [2, 2], [0, 0]]]
    np.testing.assert_array_equal(found, wanted)
