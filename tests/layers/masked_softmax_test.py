"""Tests of the softmax over the entries that exist."""

import numpy as np

from diffumin_tf.layers.masked_softmax import masked_softmax
from tests.testing import gradients

LOGITS = np.log([[1.0, 3.0, 9.0], [1.0, 1.0, 2.0], [5.0, 6.0, 7.0]])
VALID = np.array([[True, True, False], [True, True, True], [False, False, False]])


def test_only_valid_entries_share():
    wanted = [[0.25, 0.75, 0], [0.25, 0.25, 0.5], [0, 0, 0]]
    np.testing.assert_allclose(masked_softmax(LOGITS, VALID), wanted, rtol=1e-12)


def test_low_logits_still_outrank_padding():
    wanted = masked_softmax(LOGITS, VALID)
    found = masked_softmax(LOGITS - 1e5, VALID)
    np.testing.assert_allclose(found, wanted, rtol=1e-9)  # log(3) beside 1e5


def test_gradient_of_an_empty_row_is_zero():
    found = gradients(lambda logits: masked_softmax(logits, VALID)[..., 0], LOGITS)
    # p (1 − p) of the first entry, −p q of the second.
    np.testing.assert_allclose(found[0], [0.1875, -0.1875, 0], atol=1e-12)
    np.testing.assert_array_equal(found[2], 0)
