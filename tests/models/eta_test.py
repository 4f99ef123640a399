"""Tests of ETA: the search by hashes and the attention on a batch."""

import numpy as np
import tensorflow as tf

from diffumin_tf.layers import HashSearch, TargetAttention
from diffumin_tf.models import ETA
from tests.layers.target_attention_test import slow_attention
from tests.models.model_harness import LENGTHS, ModelHarness, make_batch


class TestETA(ModelHarness):
    def make_model(self, embedding, **shared):
        options = {"dtype": embedding.dtype}
        attention = TargetAttention(2, 3, **options)
        return ETA(embedding, HashSearch(3, 8, **options), attention, **shared)

    def test_interest_equals_the_loops(self, model):
        embedded = model.embed(make_batch())
        outputs = model(make_batch(), return_intermediates=True)
        projection = model.search.hashing.projection.numpy()
        for row, length in enumerate(LENGTHS):
            history = np.asarray(embedded.history)[row, :length]
            target = np.asarray(embedded.target)[row]
            bits = target @ projection >= 0
            distances = [np.sum((e @ projection >= 0) != bits) for e in history]
            best = sorted(range(length), key=lambda j, far=distances: (far[j], j))[:3]
            chosen = outputs["chosen"][row]
            np.testing.assert_array_equal(outputs["positions"][row][chosen], best)
            wanted = slow_attention(model.attention, history[best], target)
            found = outputs["long_term_interest"][row]
            np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12)

    def test_the_projection_is_kept_and_never_trained(self, model):
        projection = model.search.hashing.projection
        assert not any(v is projection for v in model.trainable_variables)
        assert any(v is projection for v in model.non_trainable_variables)
        model = self.tiny()
        before = model.search.hashing.projection.numpy()
        model.compile(tf.keras.optimizers.Adam(0.1), jit_core=False)
        model.optimizer.build(model.trainable_variables)
        batch = {**make_batch(), "noise_key": np.arange(6, dtype="int32")}
        model.train_step((batch, np.ones(6)))
        np.testing.assert_array_equal(model.search.hashing.projection, before)
