"""Tests of DIN and DIN(S): what each reads of the history."""

import numpy as np
import pytest

from diffumin_tf.layers import DINAttention
from diffumin_tf.models import DIN
from tests.layers.din_attention_test import slow_score
from tests.models.model_harness import LENGTHS, ModelHarness, RecentHarness, make_batch


class TestDIN(ModelHarness):
    num_recent = None

    def make_model(self, embedding, **shared):
        attention = DINAttention((5, 4), "dice", dtype=embedding.dtype)
        return DIN(embedding, attention, self.num_recent, **shared)

    def test_interest_equals_the_loops(self, model):
        embedded = model.embed(make_batch())
        history, targets = np.asarray(embedded.history), np.asarray(embedded.target)
        found = model(make_batch(), return_intermediates=True)["long_term_interest"]
        for row, (length, target) in enumerate(zip(LENGTHS, targets, strict=True)):
            wanted = np.zeros_like(target)
            for behaviour in history[row, :length][: self.num_recent]:
                wanted += slow_score(model.attention, behaviour, target) * behaviour
            np.testing.assert_allclose(found[row], wanted, rtol=1e-9, atol=1e-12)


class TestShortDIN(RecentHarness, TestDIN):
    """DIN(S)."""


def test_num_recent_must_be_positive():
    with pytest.raises(ValueError, match="num_recent must be positive; received 0"):
        DIN({}, num_recent=0)
