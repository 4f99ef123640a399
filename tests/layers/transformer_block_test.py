"""Tests of the post-norm block."""

import numpy as np
import pytest

from diffumin_tf.layers import TransformerBlock
from tests.testing import arrays, randomise, run_layer_test

MASK = np.array([[1, 0, 1], [1, 1, 1]], bool)


def built(**options):
    layer = TransformerBlock(dtype="float64", **options)
    layer.build((None, None, 4))
    return randomise(layer)


def normalised(x, norm):
    mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    scaled = (x - mean) / np.sqrt(variance + 1e-6)
    return scaled * norm.gamma.numpy() + norm.beta.numpy()


def slow_block(layer, tokens, vector=None):
    """Equations 14 to 17, on top of an attention that has its own test."""
    x = normalised(
        tokens + layer.self_attention_layer(tokens, tokens, MASK).numpy(),
        layer.self_norm,
    )
    if vector is not None:
        cross = layer.cross_attention_layer(x, np.stack([vector] * 2, axis=1))
        x = normalised(x + cross.numpy(), layer.cross_norm)
    inner = x @ layer.inner_dense.kernel.numpy() + layer.inner_dense.bias.numpy()
    outer = np.maximum(inner, 0) @ layer.outer_dense.kernel.numpy()
    return normalised(x + outer + layer.outer_dense.bias.numpy(), layer.output_norm)


@pytest.mark.parametrize("cross", [False, True])
def test_equals_the_equations(cross):
    layer = built(cross_attention=cross)
    tokens, vector = arrays(1, (2, 3, 4), (2, 4))
    guidance = layer.guide(vector) if cross else None
    found = layer(tokens, guidance, MASK)
    wanted = slow_block(layer, tokens, vector if cross else None)
    np.testing.assert_allclose(found, wanted, atol=1e-12)


@pytest.mark.parametrize("query", [0, 2])
def test_one_wanted_token_is_that_of_the_full_path(query):
    layer = built(cross_attention=True)
    tokens, vector = arrays(2, (2, 3, 4), (2, 4))
    guidance = layer.guide(vector)
    full = layer(tokens, guidance, MASK, return_intermediates=True)["out"]
    alone = layer(tokens, guidance, MASK, query=query)
    np.testing.assert_allclose(alone[:, 0], full[:, query], atol=1e-12)
    assert alone.shape == (2, 1, 4)


def test_masked_tokens_are_not_read():
    layer, tokens = built(), arrays(3, (2, 3, 4))
    changed = tokens.copy()
    changed[0, 1] += 100
    found, wanted = (np.asarray(layer(x, None, MASK)) for x in (changed, tokens))
    np.testing.assert_allclose(found[0, [0, 2]], wanted[0, [0, 2]], atol=1e-12)


def call(layer, tokens, vector):
    return layer(tokens, layer.guide(vector) if layer.cross_attention else None)


# 4d² an attention, 2·3d² + 4d of feed-forward, 2d a norm.
@pytest.mark.parametrize(
    "cross, count", [(False, 64 + 112 + 16), (True, 128 + 112 + 24)]
)
def test_layer(cross, count):
    run_layer_test(
        lambda dtype: TransformerBlock(cross_attention=cross, dtype=dtype),
        [*arrays(4, (2, 3, 4), (2, 4))],
        trainable=count,
        call=call,
    )
