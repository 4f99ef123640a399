"""Tests of DIN's attention against the explicit concatenation, pair by pair."""

import numpy as np
import pytest

from diffumin_tf.layers import DINAttention
from tests.testing import arrays, in_graph, randomise, run_layer_test

B, L, D = 4, 6, 3
LENGTHS = np.array([6, 2, 0, 1])
MASK = np.arange(L) < LENGTHS[:, None]
HISTORY, TARGET = arrays(0, (B, L, D), (B, D))


def built(**options):
    layer = DINAttention(**{"hidden_units": (5, 4), **options}, dtype="float64")
    layer.build((None, None, D))
    return randomise(layer)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def activate(stage, x):
    """What an activation does at inference."""
    if not hasattr(stage, "alpha"):
        return sigmoid(x)
    mean, deviation = stage.moving_mean.numpy(), stage.moving_deviation.numpy()
    gate = sigmoid((x - mean) / (deviation + 1e-9))
    return gate * x + stage.alpha.numpy() * (1 - gate) * x


def slow_score(layer, behaviour, target):
    """The MLP of one pair."""
    both = [behaviour, target, behaviour - target, behaviour * target]
    x = np.concatenate(both) @ layer.kernel.numpy() + layer.bias.numpy()
    x = activate(layer.activation0, x)
    x = x @ layer.dense1.kernel.numpy() + layer.dense1.bias.numpy()
    x = activate(layer.activation1, x)
    return (x @ layer.score.kernel.numpy() + layer.score.bias.numpy())[0]


def slow(layer):
    """v, a row and a behaviour at a time."""
    pooled = np.zeros((B, D))
    for row, length in enumerate(LENGTHS):
        valid = HISTORY[row, :length]
        weights = np.array([slow_score(layer, e, TARGET[row]) for e in valid])
        if layer.softmax and length:
            weights = np.exp(weights / np.sqrt(D))
            weights = weights / weights.sum()
        for weight, behaviour in zip(weights, valid, strict=True):
            pooled[row] += weight * behaviour
    return pooled


@pytest.mark.parametrize("activation", ["sigmoid", "dice"])
@pytest.mark.parametrize("softmax", [False, True])
def test_equals_the_explicit_pairs(activation, softmax):
    layer = built(activation=activation, softmax=softmax)
    found = layer(HISTORY, TARGET, MASK)
    np.testing.assert_allclose(found, slow(layer), rtol=1e-10)
    np.testing.assert_array_equal(found[2], 0)  # an empty history


def test_without_a_softmax_a_behaviour_s_share_is_what_there_is_of_it():
    layer = built()
    history = np.stack([HISTORY[0], HISTORY[0]])
    history[1, 2] = history[1, 1]
    mask = np.array([[1, 1, 0, 0, 0, 0], [1, 1, 1, 0, 0, 0]], bool)
    once, twice = np.asarray(layer(history, TARGET[[0, 0]], mask))
    share = slow_score(layer, HISTORY[0, 1], TARGET[0]) * HISTORY[0, 1]
    np.testing.assert_allclose(twice - once, share, rtol=1e-10)


@pytest.mark.parametrize("softmax", [False, True])
def test_padding_changes_nothing_in_training(softmax):
    plain, padded = (built(activation="dice", softmax=softmax) for _ in range(2))
    padded.set_weights(plain.get_weights())
    wanted = plain(HISTORY, TARGET, MASK, training=True)
    longer = np.concatenate([HISTORY, 1e3 * HISTORY[:, :2]], axis=1)
    longer[~np.pad(MASK, [(0, 0), (0, 2)])] += 50.0
    mask = np.pad(MASK, [(0, 0), (0, 2)])
    found = padded(longer, TARGET, mask, training=True)
    np.testing.assert_allclose(found, wanted, rtol=1e-10)
    for one, two in zip(plain.weights, padded.weights, strict=True):
        np.testing.assert_allclose(one.numpy(), two.numpy(), rtol=1e-10)


@pytest.mark.parametrize("training", [False, True])
def test_rows_that_share_a_history(training):
    users = np.array([1, 0, 1, 1])
    grouped, dense = (built(activation="dice") for _ in range(2))
    dense.set_weights(grouped.get_weights())
    found = grouped(HISTORY[:2], TARGET, MASK, users, training=training)
    wanted = dense(HISTORY[users], TARGET, MASK, training=training)
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


def test_no_tensor_of_the_concatenation_s_size():
    graph = in_graph(built()).get_concrete_function(HISTORY, TARGET, MASK).graph
    shapes = [out.shape for op in graph.get_operations() for out in op.outputs]
    assert [B, L, D] in shapes and [B, L, 4 * D] not in shapes


@pytest.mark.parametrize(
    "options, message",
    [
        ({"activation": "relu"}, "activation must be one of.*'relu'"),
        ({"hidden_units": ()}, r"hidden_units must name.*received \(\)"),
    ],
)
def test_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        DINAttention(**options)


def test_layer():
    # 4·3·5 + 5, 5·4 + 4, 4 + 1; with Dice an α and two statistics for each unit.
    inputs = [HISTORY, TARGET, MASK]
    run_layer_test(lambda dtype: DINAttention((5, 4), dtype=dtype), inputs, 94)
    run_layer_test(
        lambda dtype: DINAttention((5, 4), "dice", softmax=True, dtype=dtype),
        inputs,
        103,
        fixed=18,
    )
