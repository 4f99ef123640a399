"""Tests of the short-term encoder."""

import numpy as np
import pytest

from diffumin_tf.layers import TransformerEncoder
from tests.testing import arrays, randomise, run_layer_test

MASK = np.array([[1, 1, 0], [1, 1, 1]], bool)


def built():
    layer = TransformerEncoder(dtype="float64")
    layer.build((None, None, 4))
    return randomise(layer)


def test_is_the_target_s_token_after_all_blocks():
    layer = built()
    recent, target = arrays(1, (2, 3, 4), (2, 4))
    tokens = np.concatenate([recent, target[:, None]], axis=1)
    mask = np.concatenate([MASK, np.ones((2, 1), bool)], axis=1)
    for block in layer.blocks:
        tokens = block(tokens, token_mask=mask)
    assert len(layer.blocks) == 2
    np.testing.assert_allclose(layer(recent, target, MASK), tokens[:, -1], atol=1e-12)


@pytest.mark.parametrize("order", [[2, 1, 0], [1, 2, 0]])
def test_the_order_of_the_recent_is_free(order):
    layer = built()
    recent, target = arrays(2, (2, 3, 4), (2, 4))
    found = layer(recent[:, order], target, MASK[:, order])
    np.testing.assert_allclose(found, layer(recent, target, MASK), atol=1e-12)


def test_padding_does_not_count():
    layer = built()
    recent, target = arrays(3, (2, 3, 4), (2, 4))
    padded = np.concatenate([recent, np.full((2, 2, 4), 9.0)], axis=1)
    mask = np.concatenate([MASK, np.zeros((2, 2), bool)], axis=1)
    found = layer(padded, target, mask)
    np.testing.assert_allclose(found, layer(recent, target, MASK), atol=1e-12)


def test_without_behaviours_the_target_is_alone():
    layer = built()
    recent, target = arrays(4, (2, 3, 4), (2, 4))
    none = layer(recent, target, np.zeros((2, 3), bool))
    other = layer(recent + 1, target, np.zeros((2, 3), bool))
    np.testing.assert_allclose(none, other, atol=1e-12)
    assert np.isfinite(none).all()


def test_layer():
    run_layer_test(
        lambda dtype: TransformerEncoder(dtype=dtype),
        [*arrays(5, (2, 3, 4), (2, 4)), MASK],
        trainable=2 * (64 + 112 + 16),
    )


def test_cross_attention_adds_the_guide_to_every_token():
    layer = TransformerEncoder(cross_attention=True, dtype="float64")
    layer.build((None, None, 4))
    randomise(layer)
    recent, target, guide = arrays(6, (2, 3, 4), (2, 4), (2, 4))
    tokens = np.concatenate([recent, target[:, None]], axis=1)
    mask = np.concatenate([MASK, np.ones((2, 1), bool)], axis=1)
    for block in layer.blocks:
        tokens = block(tokens, block.guide(guide), mask)
    found = layer(recent, target, MASK, guidance=guide)
    np.testing.assert_allclose(found, tokens[:, -1], atol=1e-12)


def test_cross_attention_layer():
    run_layer_test(
        lambda dtype: TransformerEncoder(cross_attention=True, dtype=dtype),
        [*arrays(7, (2, 3, 4), (2, 4)), MASK, arrays(8, (2, 4))],
        trainable=2 * (2 * 64 + 112 + 24),
    )
