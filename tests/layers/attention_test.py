"""Tests of multi-head attention against a loop over rows, heads and queries."""

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.layers import Attention
from tests.testing import arrays, randomise, run_layer_test


def built(width=4, seed=0, **options):
    layer = Attention(dtype="float64", **options)
    layer.build((None, None, width))
    return randomise(layer, seed)


def slow_attention(layer, queries, keys, mask):
    width = queries.shape[-1]
    size = width // layer.num_heads
    query, key, value = (
        tokens @ dense.kernel.numpy()
        for tokens, dense in (
            (queries, layer.query_dense),
            (keys, layer.key_dense),
            (keys, layer.value_dense),
        )
    )
    divisor = np.sqrt(size if layer.scale == "width" else keys.shape[1])
    mixed = np.zeros_like(queries)
    for row, place in np.ndindex(queries.shape[:2]):
        for start in range(0, width, size):
            head = slice(start, start + size)
            seen = np.flatnonzero(mask[row])
            logits = key[row, seen, head] @ query[row, place, head] / divisor
            weights = np.exp(logits) / np.exp(logits).sum()
            mixed[row, place, head] = weights @ value[row, seen, head]
    if layer.output_projection:
        mixed = mixed @ layer.output_dense.kernel.numpy()
    return mixed


@pytest.mark.parametrize("scale", ["width", "keys"])
@pytest.mark.parametrize("num_heads, projected", [(1, False), (2, True)])
def test_equals_a_loop_over_heads(num_heads, projected, scale):
    layer = built(num_heads=num_heads, output_projection=projected, scale=scale)
    queries, keys = arrays(1, (2, 3, 4), (2, 5, 4))
    mask = np.array([[1, 1, 0, 1, 0], [1, 1, 1, 1, 1]], bool)
    np.testing.assert_allclose(
        layer(queries, keys, mask), slow_attention(layer, queries, keys, mask)
    )
    unmasked = np.ones_like(mask)
    np.testing.assert_allclose(
        layer(queries, keys), slow_attention(layer, queries, keys, unmasked)
    )


@pytest.mark.filterwarnings("ignore:You are using a softmax over axis -1")
def test_one_key_answers_every_query_alike():
    layer = built()
    queries, key = arrays(2, (2, 3, 4), (2, 4))
    wanted = layer(queries, key[:, None])
    np.testing.assert_allclose(
        np.broadcast_to(layer.attend_single(key)[:, None], wanted.shape), wanted
    )


def test_kernels_of_queries_and_keys_get_no_gradient_from_one_key():
    layer = built()
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(layer.attend_single(arrays(2, (2, 4))))
    grads = tape.gradient(total, [v.value for v in layer.trainable_weights])
    names = [v.path.split("/")[-2] for v in layer.trainable_weights]
    missing = {name for name, g in zip(names, grads, strict=True) if g is None}
    assert missing == {"query", "key"}


@pytest.mark.parametrize("projected, kernels", [(True, 4), (False, 3)])
def test_layer(projected, kernels):
    run_layer_test(
        lambda dtype: Attention(output_projection=projected, dtype=dtype),
        [*arrays(3, (2, 3, 4), (2, 5, 4))],
        trainable=kernels * 16,
    )


def test_unknown_scale():
    with pytest.raises(ValueError, match="scale must be one of .*received 'depth'"):
        Attention(scale="depth")


def test_heads_that_do_not_divide_the_width():
    with pytest.raises(ValueError, match="num_heads must divide.*num_heads=3, width 4"):
        Attention(num_heads=3).build((None, None, 4))
