"""Tests of CAN and CAN(S): what each reads, and its two tables in training."""

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.layers import CoAction, FeatureEmbedding
from diffumin_tf.models import CAN
from diffumin_tf.training.optimizers import LazyAdam
from tests.layers.co_action_test import slow
from tests.models.model_harness import (
    DIM,
    LABELS,
    LENGTHS,
    ROWS,
    ModelHarness,
    RecentHarness,
    make_batch,
    shapes,
)


def own_rows(table, ids, scale):
    """What the table holds of the ids, fields side by side, padding as zeros."""
    values = np.where(ids[..., None] == 0, 0, table.table.numpy()[ids])
    return scale * values.reshape(*ids.shape[:-1], -1)


class TestCAN(ModelHarness):
    num_recent = None

    def make_model(self, embedding, **shared):
        co_action = CoAction(3, (3, 2), dtype=embedding.dtype)
        return CAN(embedding, co_action, self.num_recent, scale=0.5, **shared)

    def test_interest_equals_the_loops(self, model):
        inputs = make_batch()
        found = model(inputs, return_intermediates=True)["long_term_interest"]
        inductions = own_rows(model.inductions, inputs["history"], 0.5)
        parameters = own_rows(model.parameters, inputs["target"], 0.5)
        lengths = np.minimum(LENGTHS, self.num_recent or 99)
        wanted = slow(model.co_action, inductions, parameters, lengths)
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12)

    def test_a_step_moves_the_targets_networks_and_the_read_inductions(self):
        model, inputs = self.tiny(), make_batch()
        tables = (model.inductions.table, model.parameters.table)
        before = [table.numpy() for table in tables]
        model.compile(LazyAdam(1e-2), jit_core=False)
        model.train_step((inputs, LABELS))
        seen = inputs["history"][:, : self.num_recent]
        for table, old, ids in zip(tables, before, (seen, _read(inputs)), strict=True):
            moved = np.flatnonzero((table.numpy() != old).any(axis=1))
            assert set(moved.tolist()) == set(ids.ravel().tolist()) - {0}


def _read(inputs):
    """The targets that have a history to read."""
    return inputs["target"][LENGTHS > 0]


class TestShortCAN(RecentHarness, TestCAN):
    """CAN(S)."""


def built(embedding, **options):
    model = CAN(embedding, CoAction(2, (2,)), short_term_length=3, **options)
    model.build(shapes(make_batch()))
    return model


def test_an_id_that_is_not_admitted_is_not_read():
    model, inputs = built(FeatureEmbedding(ROWS, DIM, admission_count=2)), make_batch()
    model.compile(LazyAdam(1e-2), jit_core=False)
    tables = (model.inductions.table, model.parameters.table)
    before = [table.numpy() for table in tables]
    found = model(inputs, return_intermediates=True)["long_term_interest"]
    np.testing.assert_array_equal(found, 0)
    model.train_step((inputs, LABELS))
    for table, old in zip(tables, before, strict=True):
        np.testing.assert_array_equal(table, old)
    model.train_step((inputs, LABELS))
    assert all(np.any(t.numpy() != o) for t, o in zip(tables, before, strict=True))
    assert np.any(model(inputs, return_intermediates=True)["long_term_interest"] != 0)


def test_a_step_gathers_parameters_for_its_targets_alone():
    model = built(FeatureEmbedding(ROWS, DIM))
    rows, target = tf.range(9), tf.constant([[3, 1], [3, 0]])
    found = model.side_rows({"rows": rows + 10, "target": target})
    np.testing.assert_array_equal(found[0], rows + 10)
    np.testing.assert_array_equal(found[1], [13, 11, 13, 10])


def test_the_compiled_core_is_given_no_table():
    model = built(FeatureEmbedding(ROWS, DIM))
    trained, others = model.core_variables()
    assert all(ROWS not in variable.shape for variable in trained + others)
    assert len(model.trainable_variables) == len(trained) + 3


@pytest.mark.parametrize("name", ["num_recent", "scale"])
def test_arguments(name):
    with pytest.raises(ValueError, match=f"{name} must be positive; received 0"):
        CAN({}, **{name: 0})
