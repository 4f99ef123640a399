"""Tests of the step embedding."""

import math

import numpy as np
import pytest

from diffumin_tf.layers import StepEmbedding
from tests.testing import randomise, run_layer_test

STEPS = np.array([1, 17, 1000])


@pytest.mark.parametrize("zero_based", [False, True])
def test_sinusoids_by_hand(zero_based):
    layer = StepEmbedding(6, zero_based, dtype="float64")
    wanted = []
    for step in STEPS - zero_based:
        angles = [step, step / 100, step / 10_000]
        wanted.append([*map(math.sin, angles), *map(math.cos, angles)])
    np.testing.assert_allclose(layer.sinusoids(STEPS), wanted, atol=1e-9)


def test_two_dense_layers_with_swish_between():
    layer = StepEmbedding(4, dtype="float64")
    layer.build()
    randomise(layer)
    inner, outer = layer.inner_dense, layer.outer_dense
    hidden = np.asarray(layer.sinusoids(STEPS)) @ inner.kernel.numpy() + inner.bias
    hidden = hidden / (1 + np.exp(-hidden))
    wanted = hidden @ outer.kernel.numpy() + outer.bias
    np.testing.assert_allclose(layer(STEPS), wanted)


def test_half_precision_tells_neighbouring_steps_apart():
    layer = StepEmbedding(4, dtype="mixed_bfloat16")
    found = np.asarray(layer.sinusoids(np.array([998, 1000])))
    np.testing.assert_allclose(found[:, 0], [math.sin(998), math.sin(1000)], atol=0.01)


def test_layer():
    run_layer_test(
        lambda dtype: StepEmbedding(4, dtype=dtype),
        [STEPS],
        trainable=4 * 16 + 16 + 16 * 4 + 4,
    )


@pytest.mark.parametrize("width", [2, 5])
def test_width_must_be_even_and_at_least_4(width):
    with pytest.raises(ValueError, match=f"even and at least 4; received {width}"):
        StepEmbedding(width)
