"""Tests of TIN: what it makes of a batch's histories."""

import numpy as np

from diffumin_tf.layers import TemporalInterest
from diffumin_tf.models import TIN
from tests.layers.temporal_interest_test import slow_row
from tests.models.model_harness import LENGTHS, ModelHarness, make_batch


class TestTIN(ModelHarness):
    def make_model(self, embedding, **shared):
        return TIN(embedding, TemporalInterest(6, dtype=embedding.dtype), **shared)

    def test_interest_equals_the_loops(self, model):
        embedded = model.embed(make_batch())
        history, targets = np.asarray(embedded.history), np.asarray(embedded.target)
        found = model(make_batch(), return_intermediates=True)["long_term_interest"]
        for row, (length, target) in enumerate(zip(LENGTHS, targets, strict=True)):
            wanted = slow_row(model.attention, history[row, :length], target)
            np.testing.assert_allclose(found[row], wanted, rtol=1e-9, atol=1e-12)
