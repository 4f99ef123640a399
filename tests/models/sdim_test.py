"""Tests of SDIM: its interest on a batch."""

import numpy as np

from diffumin_tf.layers import HashPooling
from diffumin_tf.models import SDIM
from tests.layers.hash_pooling_test import slow_pooling
from tests.models.model_harness import LENGTHS, ModelHarness, make_batch


class TestSDIM(ModelHarness):
    def make_model(self, embedding, **shared):
        return SDIM(embedding, HashPooling(8, 2, dtype=embedding.dtype), **shared)

    def test_interest_equals_the_loops(self, model):
        embedded = model.embed(make_batch())
        history, targets = np.asarray(embedded.history), np.asarray(embedded.target)
        found = model(make_batch(), return_intermediates=True)["long_term_interest"]
        for row, (length, target) in enumerate(zip(LENGTHS, targets, strict=True)):
            wanted = slow_pooling(model.pooling, history[row, :length], target)
            np.testing.assert_allclose(found[row], wanted, rtol=1e-9, atol=1e-12)
            assert np.any(wanted) or length < 3
