"""Hashes of raw ids: the same numbers in a graph and in NumPy."""

import numpy as np
import tensorflow as tf

_GAMMA = 0x9E3779B97F4A7C15
_FIRST_FACTOR = 0xBF58476D1CE4E5B9
_SECOND_FACTOR = 0x94D049BB133111EB


def splitmix64(values):
    """Hashes integers in a graph.

    This is the first output of the SplitMix64 generator whose seed is the value:
    the gamma is added first, so that 0 gives 0xE220A8397B1DCDAF and not 0.

    Args:
        values: int64 tensor of any shape.

    Returns:
        uint64 tensor of the same shape.
    """
    state = tf.bitcast(values, tf.uint64)
    return _mix(state, tf.bitwise.right_shift, lambda x: tf.constant(x, tf.uint64))


def splitmix64_numpy(values):
    """`splitmix64` of an int64 array, as a uint64 array of the same shape."""
    state = np.atleast_1d(np.asarray(values, np.int64)).view(np.uint64)
    return _mix(state, np.right_shift, np.uint64).reshape(np.shape(values))


def hash_buckets(values, size):
    """Hashes ids to buckets in a graph.

    Args:
        values: int64 tensor (SplitMix64) or string tensor (FarmHash fingerprint)
            of any shape.
        size: Number of buckets.

    Returns:
        int64 tensor of the same shape, values from 0 to `size - 1`.
    """
    if values.dtype == tf.string:
        return tf.strings.to_hash_bucket_fast(values, size)
    return tf.cast(splitmix64(values) % tf.constant(size, tf.uint64), tf.int64)


def hash_buckets_numpy(values, size):
    """`hash_buckets` of an array of integers or strings, as an int64 array."""
    values = np.asarray(values)
    if values.dtype.kind in "iu":
        return (splitmix64_numpy(values) % np.uint64(size)).astype(np.int64)
    return hash_buckets(tf.constant(values, tf.string), size).numpy()


def _mix(state, shift, word):
    """The generator's step and finaliser on uint64 words, modulo 2**64."""
    state = state + word(_GAMMA)
    state = (state ^ shift(state, word(30))) * word(_FIRST_FACTOR)
    state = (state ^ shift(state, word(27))) * word(_SECOND_FACTOR)
    return state ^ shift(state, word(31))
