"""Tests of the random numbers: moments, independence, keys."""

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.layers import row_noise

ROWS = 40_000


def draws(stream=0, seed=0, step=0, rows=ROWS, shape=(4,), dtype="float64", first=0):
    keys = row_noise.row_keys(seed, step, rows, first)
    return np.asarray(row_noise.normal(keys, stream, shape, dtype))


@pytest.mark.parametrize("place", range(4))
def test_normal_moments(place):
    values = draws()[:, place]
    # Five standard errors: Var of the k-th moment is E x^2k − (E x^k)², over ROWS.
    for power, wanted, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        error = 5 * np.sqrt(variance / ROWS)
        np.testing.assert_allclose(np.mean(values**power), wanted, atol=error)
    assert 3.5 < np.abs(values).max() < 6.5


@pytest.mark.parametrize(
    "other",
    [{"stream": 1}, {"seed": 1}, {"step": 1}, {"first": 1}, {"first": ROWS}],
)
def test_streams_seeds_steps_and_rows_are_independent(other):
    first, second = draws(), draws(**other)
    correlations = np.corrcoef(first.T, second.T)
    correlations[np.diag_indices(8)] = 0
    assert np.abs(correlations).max() < 5 / np.sqrt(ROWS)
    squares = np.corrcoef((first**2).T, (second**2).T)
    squares[np.diag_indices(8)] = 0
    assert np.abs(squares).max() < 5 / np.sqrt(ROWS)


def test_two_halves_of_a_batch_are_the_whole():
    halves = [draws(rows=3), draws(rows=3, first=3)]
    np.testing.assert_array_equal(np.concatenate(halves), draws(rows=6))


def test_a_row_s_draw_does_not_depend_on_its_batch():
    keys = np.array([5, 9, 5], "uint32")
    values = np.asarray(row_noise.normal(keys, 0, (2, 3)))
    alone = row_noise.normal(keys[1:2], 0, (2, 3))[0]
    # A vector unit may round a cosine otherwise than its scalar remainder does.
    np.testing.assert_allclose(values[0], values[2], rtol=1e-6)
    np.testing.assert_allclose(alone, values[1], rtol=1e-6)
    assert not np.intersect1d(values[0], values[1]).size


def test_compiled_draws_are_the_same():
    @tf.function(jit_compile=True)
    def compiled(step):
        keys = row_noise.row_keys(3, step, 50)
        return (
            keys,
            row_noise.normal(keys, 1, (3,)),
            row_noise.integers(keys, 2, (3,), 1, 1000),
        )

    keys = row_noise.row_keys(3, 7, 50)
    found = compiled(tf.constant(7))
    np.testing.assert_array_equal(found[0], keys)
    np.testing.assert_allclose(found[1], row_noise.normal(keys, 1, (3,)), atol=1e-6)
    wanted = row_noise.integers(keys, 2, (3,), 1, 1000)
    np.testing.assert_array_equal(found[2], wanted)


def test_half_precision_rounds_the_draw_of_float32():
    single, half = draws(rows=50, dtype="float32"), draws(rows=50, dtype="bfloat16")
    np.testing.assert_array_equal(half, single.astype(half.dtype))


def test_integers_are_uniform_with_both_ends():
    values = np.ravel(
        row_noise.integers(row_noise.row_keys(0, 0, 10_000), 0, (6,), 1, 6)
    )
    counts = np.bincount(values, minlength=8)
    assert counts[0] == counts[7] == 0
    # χ² with 5 degrees of freedom exceeds 25.7 once in ten thousand seeds.
    assert np.sum((counts[1:7] - 10_000) ** 2 / 10_000) < 25.7


def test_keys_do_not_collide():
    keys = np.asarray(row_noise.row_keys(0, 0, ROWS))
    # The birthday expectation of collisions among 2^32 is 0.19.
    assert ROWS - len(np.unique(keys)) <= 3


def test_negative_and_large_seeds_are_seeds():
    seen = {draws(seed=seed, rows=1)[0, 0] for seed in (-1, 0, 1, 2**31, 2**32 - 2)}
    assert len(seen) == 5
