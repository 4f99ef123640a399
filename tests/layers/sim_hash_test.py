"""Tests of the sign bits: what they tell of the angle between two vectors."""

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.layers import SimHash
from tests.testing import arrays, gradients, run_layer_test

B, D, M = 5, 6, 8
VECTORS = arrays(0, (B, D))


def drawn(num_hashes, seed=0):
    """A layer with the H that it draws itself, at a seed."""
    layer = SimHash(num_hashes, dtype="float64")
    layer.build((None, D))
    rng = np.random.default_rng(seed)
    layer.projection.assign(rng.normal(size=(D, num_hashes)))
    return layer


def test_equals_the_signs():
    layer = drawn(M)
    found = np.asarray(layer(VECTORS[None]))[0]
    for vector, bits in zip(VECTORS, found, strict=True):
        for column, bit in zip(layer.projection.numpy().T, bits, strict=True):
            assert bit == (vector @ column >= 0)


def at_angle(theta):
    """Two vectors of different lengths at an angle, `[2, d]`."""
    basis = np.linalg.qr(arrays(1, (D, 2)))[0].T
    return np.stack([3 * basis[0], np.array([np.cos(theta), np.sin(theta)]) @ basis])


@pytest.mark.parametrize("theta", [0.1, 1.0, 2.5])
def test_a_bit_differs_by_the_angle(theta):
    count = 20_000
    one, two = np.asarray(drawn(count)(at_angle(theta)))
    share = theta / np.pi
    error = np.sqrt(share * (1 - share) / count)
    assert np.mean(one != two) == pytest.approx(share, abs=4 * error)


def test_the_projection_it_draws_has_no_direction_of_its_own():
    layer = SimHash(20_000, dtype="float64")
    layer.build((None, D))
    covariance = np.cov(layer.projection.numpy())
    # Five standard errors of a variance, √(2 / n), and of a covariance, √(1 / n).
    np.testing.assert_allclose(covariance, np.eye(D), atol=5 * np.sqrt(2 / 20_000))
    share = np.mean(layer.projection.numpy() > 0)
    assert share == pytest.approx(0.5, abs=5 * 0.5 / np.sqrt(20_000 * D))


def test_no_gradient_passes():
    layer = drawn(M)
    found = gradients(lambda x: x[:, :1] * tf.cast(layer(x), "float64"), VECTORS)
    # The bits are constants: all that moves is the factor before them.
    wanted = np.zeros((B, D))
    wanted[:, 0] = np.sum(np.asarray(layer(VECTORS)), axis=1)
    np.testing.assert_array_equal(found, wanted)


def test_num_hashes_must_be_positive():
    with pytest.raises(ValueError, match="num_hashes must be positive; received 0"):
        SimHash(0)


def test_layer():
    run_layer_test(lambda dtype: SimHash(M, dtype=dtype), [VECTORS], 0, D * M)
