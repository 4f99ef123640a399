"""Tests of SIM-soft: its two stages on a batch, and the search's own loss."""

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.layers import (
    PredictionTower,
    SoftSearch,
    TargetAttention,
    TimeGapEmbedding,
)
from diffumin_tf.models import SoftSIM
from tests.layers.target_attention_test import slow_attention
from tests.models.model_harness import LABELS, LENGTHS, ModelHarness, make_batch
from tests.models.sim_loops import members_of


class TestSoftSIM(ModelHarness):
    def make_model(self, embedding, **shared):
        options = {"dtype": embedding.dtype}
        return SoftSIM(
            embedding,
            SoftSearch(3, 3, **options),
            PredictionTower((4,), **options),
            search_weight=0.5,
            attention=TargetAttention(2, 3, **options),
            time_gap=TimeGapEmbedding(16, 3, **options),
            **shared,
        )

    def test_interest_equals_the_loops(self, model):
        inputs, embedded = make_batch(), model.embed(make_batch())
        outputs = model(inputs, return_intermediates=True)
        behaviour_kernel, target_kernel = (
            getattr(model.search, f"{n}_kernel").numpy()
            for n in ("behaviour", "target")
        )
        for row, length in enumerate(LENGTHS):
            history = np.asarray(embedded.history)[row, :length]
            target = np.asarray(embedded.target)[row]
            wanted = target @ target_kernel
            scores = np.array([e @ behaviour_kernel @ wanted for e in history])
            pooled = sum((s * e for s, e in zip(scores, history, strict=True)), 0.0)
            found = outputs["search_interest"][row]
            np.testing.assert_allclose(found, pooled + 0 * target, atol=1e-12)
            best = sorted(range(length), key=lambda j, s=scores: -s[j])[:3]
            chosen = outputs["chosen"][row]
            np.testing.assert_array_equal(outputs["positions"][row][chosen], best)
            members = members_of(model, inputs, embedded, row, best)
            wanted = slow_attention(model.attention, members, target)
            found = outputs["long_term_interest"][row]
            np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12)

    def test_the_search_learns_from_its_own_loss_alone(self, model):
        kernels = [model.search.behaviour_kernel, model.search.target_kernel]
        values = [kernel.value for kernel in kernels]
        labels = tf.constant(LABELS)
        with tf.GradientTape(persistent=True) as tape:
            outputs = model(make_batch(), training=True, return_intermediates=True)
            losses = model.compute_losses(outputs, labels, tf.ones_like(labels))
        assert tape.gradient(losses["click_loss"], values) == [None, None]
        found = tape.gradient(losses["loss"], values)
        wanted = tape.gradient(losses["search_loss"], values)
        for one, two in zip(found, wanted, strict=True):
            np.testing.assert_allclose(one, 0.5 * two, rtol=1e-9)
            assert np.any(two)

    def test_search_loss_is_a_click_loss(self, model):
        outputs = model(make_batch(), return_intermediates=True)
        weights = np.array([1, 2, 0, 1, 1, 3], "float64")
        losses = model.compute_losses(outputs, LABELS, weights)
        click = 1 / (1 + np.exp(-np.asarray(outputs["search_logit"])))
        each = -np.where(LABELS == 1, np.log(click), np.log(1 - click))
        wanted = np.average(each, weights=weights)
        assert float(losses["search_loss"]) == pytest.approx(wanted, rel=1e-9)
        total = losses["click_loss"] + 0.5 * losses["search_loss"]
        assert float(losses["loss"]) == pytest.approx(float(total), rel=1e-12)
