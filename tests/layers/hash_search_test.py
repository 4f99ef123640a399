"""Tests of ETA's search: Hamming distances, bit by bit, and who is closest."""

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.layers import HashSearch
from tests.layers.sim_hash_test import at_angle
from tests.testing import arrays, randomise, run_layer_test

B, L, D, K, M = 4, 7, 6, 3, 8
LENGTHS = np.array([7, 2, 0, 4])
MASK = np.arange(L) < LENGTHS[:, None]
HISTORY, TARGET = arrays(0, (B, L, D), (B, D))


def built(num_hashes=M, dtype="float64"):
    layer = HashSearch(K, num_hashes, dtype=dtype)
    layer.build((None, None, D))
    return randomise(layer)


def slow_distance(layer, one, two):
    """How many columns of H put a plane between the two."""
    count = 0
    for column in layer.hashing.projection.numpy().T:
        count += (one @ column >= 0) != (two @ column >= 0)
    return count


def test_equals_the_loops():
    layer = built()
    distances = layer.distances(HISTORY, TARGET)
    positions, chosen = layer(HISTORY, TARGET, MASK)
    for row, length in enumerate(LENGTHS):
        wanted = [slow_distance(layer, e, TARGET[row]) for e in HISTORY[row]]
        np.testing.assert_array_equal(distances[row], wanted)
        best = sorted(range(length), key=lambda j, far=wanted: (far[j], j))[:K]
        np.testing.assert_array_equal(positions[row][chosen[row]], best)


@pytest.mark.parametrize("dtype", ["float64", "float32", "mixed_bfloat16"])
def test_identical_vectors_have_distance_0_and_opposite_ones_m(dtype):
    layer = built(300, dtype)  # more than bfloat16 can count
    history = np.stack([TARGET, -TARGET, 2 * TARGET], axis=1)
    history, target = (tf.cast(x, layer.compute_dtype) for x in (history, TARGET))
    found = layer.distances(history, target)
    np.testing.assert_array_equal(found, np.tile([0, 300, 0], (B, 1)))


@pytest.mark.parametrize("theta", [0.3, 2.0])
def test_distance_is_that_of_the_angle(theta):
    one, two = at_angle(theta)
    count, share = 20_000, theta / np.pi
    found = built(count).distances(one[None, None], two[None])[0, 0]
    error = np.sqrt(count * share * (1 - share))
    assert float(found) == pytest.approx(count * share, abs=4 * error)


@pytest.mark.parametrize("users", [np.array([1, 0, 1, 1]), None])
def test_rows_that_share_a_history(users):
    layer = built()
    found = layer(HISTORY[:2], TARGET, MASK, users)
    wanted = layer(HISTORY[[0, 0, 1, 1] if users is None else users], TARGET, MASK)
    for one, two in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("name", ["num_selected", "num_hashes"])
def test_numbers_must_be_positive(name):
    with pytest.raises(ValueError, match=f"{name} must be positive; received 0"):
        HashSearch(**{name: 0})


def test_layer():
    run_layer_test(
        lambda dtype: HashSearch(K, M, dtype=dtype), [HISTORY, TARGET, MASK], 0, D * M
    )
