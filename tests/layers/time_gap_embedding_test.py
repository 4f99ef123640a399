"""Tests of time gaps: the buckets to the second, rows that share a history."""

import numpy as np
import pytest

from diffumin_tf.layers import TimeGapEmbedding
from tests.testing import in_graph, run_layer_test

NOW = 1_700_000_000


def built(num_buckets=64):
    layer = TimeGapEmbedding(num_buckets, 2, dtype="float64")
    layer.build()
    numbers = np.arange(num_buckets, dtype="float64")
    layer.table.assign(np.stack([numbers, -numbers], axis=-1))
    return layer


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("dtype, bits", [("int64", 62), ("int32", 30)])
def test_bucket_counts_the_powers_of_two_up_to_the_gap(jit, dtype, bits):
    gaps = [-(2**30), -1, 0, 1, 2, 3, 4]
    wanted = [0, 0, 0, 1, 2, 2, 3]
    for power in range(3, bits + 1):
        gaps += [2**power - 1, 2**power]
        wanted += [power, power + 1]
    bucket = in_graph(built().bucket, jit_compile=jit)
    np.testing.assert_array_equal(bucket(np.array(gaps, dtype)), wanted)


def test_the_last_bucket_takes_the_rest():
    found = built(4).bucket(np.array([3, 4, 8, 2**40]))
    np.testing.assert_array_equal(found, [2, 3, 3, 3])


def test_rows_that_share_a_history():
    times = np.array([[NOW - 1, NOW - 5, 0], [NOW - 2, NOW - 9, NOW - 99]])
    now, users = np.array([NOW, NOW + 7, NOW]), np.array([1, 0, 0])
    found = built()(times, now, users)
    buckets = np.array([[2, 4, 7], [4, 4, 31], [1, 3, 31]])
    np.testing.assert_array_equal(found, np.stack([buckets, -buckets], axis=-1))
    np.testing.assert_array_equal(built()(times[users], now), found)


def test_times_must_be_integers():
    with pytest.raises(ValueError, match="impression_time must be integer.*float"):
        built()(np.array([[NOW]]), np.array([float(NOW)]))


@pytest.mark.parametrize("name", ["num_buckets", "embedding_dim"])
def test_sizes_must_be_positive(name):
    with pytest.raises(ValueError, match=f"{name} must be positive; received 0"):
        TimeGapEmbedding(**{name: 0})


def test_layer():
    times = np.array([[NOW - 1, NOW - 2**20]])
    inputs = [times, np.array([NOW])]
    run_layer_test(lambda dtype: TimeGapEmbedding(9, 3, dtype=dtype), inputs, 27)
