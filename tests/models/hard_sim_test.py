"""Tests of SIM-hard: which behaviours count, and the attention to them."""

import numpy as np
import pytest

from diffumin_tf.layers import TargetAttention, TimeGapEmbedding
from diffumin_tf.models import HardSIM
from tests.layers.target_attention_test import slow_attention
from tests.models import model_harness
from tests.models.model_harness import LENGTHS, ModelHarness
from tests.models.sim_loops import members_of

CATEGORIES = 3


def few_categories(inputs):
    """The batch with so few categories that most targets share theirs with some."""
    inputs = {name: value.copy() for name, value in inputs.items()}
    for name in ("history", "target"):
        category = inputs[name][..., 1]
        inputs[name][..., 1] = np.where(category, 1 + category % CATEGORIES, 0)
    return inputs


def make_batch():
    return few_categories(model_harness.make_batch())


class TestHardSIM(ModelHarness):
    def make_model(self, embedding, **shared):
        options = {"dtype": embedding.dtype}
        return HardSIM(
            embedding,
            num_selected=3,
            attention=TargetAttention(2, 3, **options),
            time_gap=TimeGapEmbedding(16, 3, **options),
            **shared,
        )

    def grouped(self):
        return tuple(few_categories(inputs) for inputs in super().grouped())

    def test_interest_equals_the_loops(self, model):
        inputs, embedded = make_batch(), model.embed(make_batch())
        outputs, sizes = model(inputs, return_intermediates=True), []
        for row, length in enumerate(LENGTHS):
            category = inputs["target"][row, 1]
            ids = inputs["history"][row, :length]
            places = [j for j in range(length) if ids[j, 1] == category][:3]
            chosen = outputs["chosen"][row]
            np.testing.assert_array_equal(outputs["positions"][row][chosen], places)
            members = members_of(model, inputs, embedded, row, places)
            target = np.asarray(embedded.target)[row]
            wanted = slow_attention(model.attention, members, target)
            found = outputs["long_term_interest"][row]
            np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12)
            sizes.append(len(places))
        assert 0 in sizes and 3 in sizes  # K's bound too

    def test_another_category_changes_nothing(self, model):
        inputs = make_batch()
        wanted = model(inputs, return_intermediates=True)["long_term_interest"]
        same = inputs["history"][..., 1] == inputs["target"][:, None, 1]
        other = np.logical_and(~same, inputs["history"][..., 0] != 0)
        inputs["history"][other, 0] = 7
        inputs["history_time"] -= 10**6 * other
        found = model(inputs, return_intermediates=True)["long_term_interest"]
        np.testing.assert_array_equal(found, wanted)
        inputs["history"][same, 0] = 7
        found = model(inputs, return_intermediates=True)["long_term_interest"]
        assert np.any(found != wanted)

    def test_deduplicated_ids_find_the_same(self, model):
        inputs = make_batch()
        rows, places = np.unique(
            np.concatenate([[0], *(inputs[n].ravel() for n in ("history", "target"))]),
            return_inverse=True,
        )
        sizes = np.cumsum([1, inputs["history"].size])
        _, history, target = np.split(places.astype("int32"), sizes)
        short = {
            **inputs,
            "history": history.reshape(inputs["history"].shape),
            "target": target.reshape(inputs["target"].shape),
            "other": np.zeros_like(inputs["other"]),
            "rows": rows.astype("int32"),
            "noise_key": np.zeros(len(LENGTHS), "int32"),
        }
        found = model(short, return_intermediates=True)["chosen"]
        wanted = model(inputs, return_intermediates=True)["chosen"]
        np.testing.assert_array_equal(found, wanted)
        assert np.any(wanted)


@pytest.mark.parametrize("field", [-1, 2])
def test_category_field_must_be_one_of_a_behaviour(field):
    model = HardSIM(_embedding(), 3, field)
    with pytest.raises(ValueError, match=rf"in 0..1; received {field}"):
        model.build({"history": (6, 8, 2), "target": (6, 2)})


def test_num_selected_must_be_positive():
    with pytest.raises(ValueError, match="num_selected must be positive; received 0"):
        HardSIM(_embedding(), num_selected=0)


def _embedding():
    return model_harness.FeatureEmbedding(model_harness.ROWS, model_harness.DIM)
