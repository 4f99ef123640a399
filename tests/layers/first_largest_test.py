"""Tests of top-1 routing."""

import numpy as np

from diffumin_tf.layers.first_largest import first_largest


def test_the_first_of_the_largest_is_marked():
    scores = np.array([[[1.0, 5.0, -0.0, -3.0], [2.0, 5.0, 0.0, -4.0]]])
    wanted = [[[False, True, True, True], [True, False, False, False]]]
    np.testing.assert_array_equal(first_largest(scores), wanted)
