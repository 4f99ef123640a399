"""Tests of SDIM's pooling, group by group, and of how often signatures collide."""

import numpy as np
import pytest

from diffumin_tf.layers import HashPooling
from tests.layers.sim_hash_test import at_angle
from tests.testing import arrays, gradients, randomise, run_layer_test

B, L, D, M, TAU = 4, 7, 6, 8, 2
LENGTHS = np.array([7, 2, 0, 4])
MASK = np.arange(L) < LENGTHS[:, None]
HISTORY, TARGET = arrays(0, (B, L, D), (B, D))


def built(num_hashes=M, group_size=TAU):
    layer = HashPooling(num_hashes, group_size, dtype="float64")
    layer.build((None, None, D))
    return randomise(layer)


def slow_pooling(layer, history, target):
    """v of one row, whose behaviours are all valid."""
    projection, pooled = layer.hashing.projection.numpy(), np.zeros(len(target))
    groups = layer.num_hashes // layer.group_size
    for columns in np.split(projection, groups, axis=1):
        total = np.zeros(len(target))
        for behaviour in history:
            if np.array_equal(behaviour @ columns >= 0, target @ columns >= 0):
                total += behaviour
        if np.any(total):
            pooled += total / np.linalg.norm(total) / groups
    return pooled


def test_equals_the_loops():
    layer = built()
    found = layer(HISTORY, TARGET, MASK)
    for row, length in enumerate(LENGTHS):
        wanted = slow_pooling(layer, HISTORY[row, :length], TARGET[row])
        np.testing.assert_allclose(found[row], wanted, rtol=1e-10)
    np.testing.assert_array_equal(found[2], 0)  # an empty history


@pytest.mark.parametrize("theta", [0.3, 1.2])
@pytest.mark.parametrize("group_size", [1, 3])
def test_signatures_collide_by_the_angle(theta, group_size):
    groups = 10_000
    one, two = at_angle(theta)
    matches = built(groups * group_size, group_size).matches(one[None, None], two[None])
    wanted = (1 - np.arccos(np.cos(theta)) / np.pi) ** group_size
    error = np.sqrt(wanted * (1 - wanted) / groups)
    assert np.mean(matches) == pytest.approx(wanted, abs=4 * error)


def test_a_group_has_length_1_whatever_falls_into_it():
    layer = built(1, 1)
    history = np.stack([TARGET, 3 * TARGET, -TARGET], axis=1)
    found = layer(history, TARGET, np.ones((B, 3), bool))
    wanted = TARGET / np.linalg.norm(TARGET, axis=1, keepdims=True)
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


def test_gradient_of_behaviours_that_sum_to_zero_is_finite():
    layer = built()
    history = np.zeros((B, L, D))
    found = gradients(lambda h: layer(h, TARGET, MASK), history)
    assert np.isfinite(found).all() and np.abs(found).max() <= 1
    assert not np.any(found[~MASK])


@pytest.mark.parametrize("users", [np.array([1, 0, 1, 1]), None])
def test_rows_that_share_a_history(users):
    layer = built()
    found = layer(HISTORY[:2], TARGET, MASK, users)
    wanted = layer(HISTORY[[0, 0, 1, 1] if users is None else users], TARGET, MASK)
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


@pytest.mark.parametrize("sizes", [(8, 3), (8, 0)], ids=str)
def test_groups_must_be_whole(sizes):
    message = f"divide num_hashes; received group_size={sizes[1]}, num_hashes=8"
    with pytest.raises(ValueError, match=message):
        HashPooling(*sizes)


def test_layer():
    run_layer_test(
        lambda dtype: HashPooling(M, TAU, dtype=dtype), [HISTORY, TARGET, MASK], 0, 48
    )
