"""Tests of the contrastive loss: its value, its masks, its limits."""

import numpy as np
import pytest

from diffumin_tf.layers import ContrastiveCalibrator
from tests.testing import arrays, gradients, randomise, run_layer_test

USERS = np.array([7, 7, 3, 9])


def built(**options):
    layer = ContrastiveCalibrator(dtype="float64", **options)
    layer.build((None, 2, 4))
    return randomise(layer)


def head(layer, vectors):
    if layer.projection == "linear":
        return lambda side: vectors[side] @ getattr(layer, f"{side}_head").kernel

    def project(side):
        hidden, output = getattr(layer, f"{side}_head").layers
        inner = np.maximum(vectors[side] @ hidden.kernel.numpy() + hidden.bias, 0)
        return inner @ output.kernel.numpy() + output.bias

    return project


def slow_losses(layer, interests, augmented, users):
    """`[c, B]`, by equation 20, a row and a channel at a time."""
    vectors = {"aggregated": interests, "augmented": augmented}
    project = head(layer, vectors)
    sides = []
    for side in vectors:
        projected = np.asarray(project(side))
        sides.append(projected / np.linalg.norm(projected, axis=-1, keepdims=True))
    losses = np.zeros(interests.shape[1::-1])
    for channel, row in np.ndindex(losses.shape):
        cosine = sides[1][:, channel] @ sides[0][row, channel]
        other = users != users[row] if layer.exclude_same_user else users != -1
        other[row] = True
        terms = np.exp(cosine / layer.temperature)
        losses[channel, row] = -np.log(terms[row] / terms[other].sum())
    return losses


@pytest.mark.parametrize("projection", ["mlp", "linear"])
@pytest.mark.parametrize("exclude", [True, False])
def test_equals_a_loop_over_rows_and_channels(projection, exclude):
    layer = built(projection=projection, exclude_same_user=exclude, temperature=0.3)
    inputs = arrays(1, (4, 2, 4), (4, 2, 4))
    wanted = slow_losses(layer, *inputs, USERS)
    np.testing.assert_allclose(layer.row_losses(*inputs, USERS), wanted)
    np.testing.assert_allclose(layer(*inputs, USERS), wanted.mean())


def test_negatives_are_the_other_users():
    wanted = [[1, 0, 1, 1], [0, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1]]
    np.testing.assert_array_equal(built().negatives_mask(USERS), wanted)
    every = built(exclude_same_user=False).negatives_mask(USERS)
    np.testing.assert_array_equal(every, np.ones((4, 4)))


def test_a_batch_of_one_user_costs_nothing_and_teaches_nothing():
    layer, inputs = built(), arrays(2, (3, 2, 4), (3, 2, 4))
    users = np.array([5, 5, 5])
    assert layer(*inputs, users) == 0
    assert not any(g.any() for g in gradients(lambda a, b: layer(a, b, users), *inputs))


def test_zero_interests_have_finite_losses_and_gradients():
    layer, zeros = built(projection="linear"), np.zeros((4, 2, 4))
    # Every cosine is 0: the row itself among 3, 3, 4 and 4 equals.
    wanted = np.log([3, 3, 4, 4]).mean()
    np.testing.assert_allclose(layer(zeros, zeros, USERS), wanted)
    found = gradients(lambda a, b: layer(a, b, USERS), zeros, zeros)
    assert all(np.isfinite(g).all() for g in found)


@pytest.mark.parametrize(
    "projection, count", [("mlp", 2 * (4 * 16 + 16 + 16 * 4 + 4)), ("linear", 2 * 16)]
)
def test_layer(projection, count):
    run_layer_test(
        lambda dtype: ContrastiveCalibrator(1.0, projection, False, dtype=dtype),
        [*arrays(3, (4, 2, 4), (4, 2, 4)), USERS],
        trainable=count,
    )


@pytest.mark.parametrize("temperature", [0, -1.0])
def test_temperature_must_be_positive(temperature):
    with pytest.raises(ValueError, match=f"must be positive; received {temperature}"):
        ContrastiveCalibrator(temperature)


def test_unknown_projection():
    with pytest.raises(
        ValueError, match="projection must be one of.*received 'cosine'"
    ):
        ContrastiveCalibrator(projection="cosine")


def test_mixed_bfloat16_compares_in_float32():
    layer = ContrastiveCalibrator(projection="linear", dtype="mixed_bfloat16")
    layer.build((None, 2, 4))
    layer.augmented_head.set_weights(layer.aggregated_head.get_weights())
    same = arrays(5, (6, 2, 4)).astype("float32")
    found = np.diagonal(layer.similarities(same, same), axis1=1, axis2=2)
    # Each is 1/τ; bfloat16 would miss it in the third digit.
    np.testing.assert_allclose(found, 20, rtol=1e-5)
