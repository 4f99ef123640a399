"""Tests of the guided transformer: an interest at a time, and what guides it."""

import numpy as np
import pytest

from diffumin_tf.layers import GuidedTransformer
from tests.testing import arrays, gradients, randomise, run_layer_test

B, C, D = 2, 3, 4
OWN, INTERESTS, CHANNELS = arrays(0, (B, C, D), (B, C, D), (B, C, D))


def built(num_blocks=2):
    layer = GuidedTransformer(num_blocks, dtype="float64")
    layer.build((None, C, D))
    return randomise(layer)


@pytest.mark.parametrize("num_blocks", [1, 2])
def test_equals_a_loop_over_the_interests(num_blocks):
    layer = built(num_blocks)
    found = layer(OWN, INTERESTS, CHANNELS)
    for row, i in np.ndindex(B, C):
        others = np.delete(INTERESTS[row], i, axis=0)
        tokens = np.concatenate([OWN[row, i : i + 1], others])[None]
        for block in layer.blocks:
            tokens = block(tokens, block.guide(CHANNELS[row, i : i + 1]))
        np.testing.assert_allclose(found[row, i], tokens[0, 0], atol=1e-12)


def test_an_interest_s_own_vector_is_not_read_from_the_interests():
    layer, changed = built(), INTERESTS.copy()
    changed[:, 1] *= -1
    moved = np.abs(layer(OWN, changed, CHANNELS) - layer(OWN, INTERESTS, CHANNELS))
    assert moved[:, 1].max() == 0
    assert moved[:, [0, 2]].max(axis=-1).min() > 1e-9  # Far above rounding.


def test_everything_guides():
    layer, weights = built(), arrays(1, (B, C, D))
    found = gradients(lambda *x: layer(*x) * weights, OWN, INTERESTS, CHANNELS)
    assert all(np.abs(g).max(axis=-1).min() > 0 for g in found)


def test_layer():
    # Attention 4 · 16 twice, three norms of 8, feed-forward 4 · 12 + 12 + 12 · 4 + 4.
    run_layer_test(
        lambda dtype: GuidedTransformer(dtype=dtype),
        [OWN, INTERESTS, CHANNELS],
        trainable=128 + 24 + 112,
    )
