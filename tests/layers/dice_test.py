"""Tests of Dice: batch statistics in training, moving ones at inference."""

import numpy as np

from diffumin_tf.layers import Dice
from tests.testing import arrays, run_layer_test

INPUTS = np.array([[1.0], [3.0]])


def built(momentum=0.9, alpha=0.25):
    layer = Dice(momentum, dtype="float64")
    layer.build((None, 1))
    layer.alpha.assign([alpha])
    return layer


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_training_uses_the_batch_and_moves_the_statistics():
    layer = built()
    # The mean is 2 and the deviation 1 (to 1e-9): the gates are σ(−1) and σ(1).
    gates = sigmoid(np.array([[-1.0], [1.0]]))
    wanted = gates * INPUTS + 0.25 * (1 - gates) * INPUTS
    np.testing.assert_allclose(layer(INPUTS, training=True), wanted, rtol=1e-8)
    np.testing.assert_allclose(layer.moving_mean, [0.2])
    np.testing.assert_allclose(layer.moving_deviation, [1.0], rtol=1e-8)
    layer(3 * INPUTS, training=True)
    np.testing.assert_allclose(layer.moving_mean, [0.9 * 0.2 + 0.1 * 6])
    np.testing.assert_allclose(layer.moving_deviation, [0.9 + 0.1 * 3], rtol=1e-8)


def test_inference_uses_the_moving_statistics_and_leaves_them():
    layer = built()
    layer.moving_mean.assign([5.0])
    layer.moving_deviation.assign([2.0])
    gates = sigmoid((INPUTS - 5) / 2)
    wanted = gates * INPUTS + 0.25 * (1 - gates) * INPUTS
    np.testing.assert_allclose(layer(INPUTS), wanted, rtol=1e-8)
    assert layer.moving_mean.numpy() == 5 and layer.moving_deviation.numpy() == 2


def test_a_batch_of_one_is_halved():
    # Its distance from its own mean is 0: the gate is σ(0).
    found = built(alpha=0.0)(np.array([[6.0]]), training=True)
    np.testing.assert_allclose(found, [[3.0]])


def test_layer():
    run_layer_test(lambda dtype: Dice(dtype=dtype), [arrays(0, (5, 3))], 3, fixed=6)


def test_invalid_entries_count_for_nothing():
    plain, masked = built(), built()
    rows = np.array([[[1.0], [9.0]], [[3.0], [-5.0]], [[7.0], [7.0]]])
    valid = np.array([[True, False], [True, False], [False, False]])
    wanted = plain(INPUTS, training=True)
    found = masked(rows, training=True, valid=valid)
    np.testing.assert_allclose(found[:2, 0], wanted, rtol=1e-12)
    for one, two in zip(plain.weights, masked.weights, strict=True):
        np.testing.assert_allclose(one.numpy(), two.numpy(), rtol=1e-12)


def test_a_batch_without_valid_entries_leaves_the_statistics():
    layer = built()
    layer.moving_mean.assign([5.0])
    layer.moving_deviation.assign([2.0])
    found = layer(INPUTS, training=True, valid=np.zeros(2, bool))
    assert np.isfinite(found).all()
    assert layer.moving_mean.numpy() == 5 and layer.moving_deviation.numpy() == 2
