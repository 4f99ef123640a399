"""Random numbers keyed by row, the same in every batch, replica and compiler.

A draw is a pure function of its row's key and of its place in the row, so that
two replicas with half a batch each draw what one draws with all of it, and a
compiled step draws what an interpreted one does. Library generators draw by
batch: they can promise neither.
"""

import math

from keras import ops

from diffumin_tf.layers.composition import precise_dtype

# Streams of a row, one for each kind of draw: no two may share one.
START_STEP, START, CHAIN, LOSS_STEP, LOSS, JITTER, LATENT = range(7)

_GOLDEN = 0x9E3779B9


def mix(bits):
    """Scrambles uint32 so that each input bit reaches each output bit."""
    bits = ops.bitwise_xor(bits, ops.bitwise_right_shift(bits, _u32(16)))
    bits = bits * _u32(0x21F0AAAD)
    bits = ops.bitwise_xor(bits, ops.bitwise_right_shift(bits, _u32(15)))
    bits = bits * _u32(0x735A2D97)
    return ops.bitwise_xor(bits, ops.bitwise_right_shift(bits, _u32(15)))


def combine(key, value):
    """A new uint32 key from a key and an integer (broadcast against each other)."""
    value = mix(ops.cast(value, "uint32") + _u32(_GOLDEN))
    return mix(ops.bitwise_xor(ops.cast(key, "uint32") * _u32(5), value))


def row_keys(seed, step, num_rows, first_row=0):
    """Keys of a training step's rows, by their index in the global batch.

    Args:
        seed: int, the run's seed.
        step: int or scalar tensor, the optimiser's step.
        num_rows: int, rows of this replica.
        first_row: int, global index of the first of them.

    Returns:
        `[num_rows]` uint32.
    """
    rows = ops.arange(num_rows, dtype="int32") + ops.cast(first_row, "int32")
    return combine(combine(_u32(seed & 0xFFFFFFFF), step), rows)


def _bits(keys, stream, count):
    """`[B, count]` uint32 for `[B]` keys."""
    keys = combine(keys, stream)[:, None]
    places = ops.cast(ops.arange(count, dtype="int32"), "uint32")
    return mix(mix(keys + places * _u32(_GOLDEN)) ^ keys)


def _uniform(bits, dtype):
    """uint32 to (0, 1], from the upper 24 bits: never 0, whose logarithm is not."""
    upper = ops.cast(ops.bitwise_right_shift(bits, _u32(8)), "int32")
    return (ops.cast(upper, dtype) + 0.5) * (1.0 / 2**24)


def normal(keys, stream, shape, dtype="float32"):
    """Standard normal draws (Box–Muller).

    Args:
        keys: `[B]` uint32 row keys.
        stream: int, which of the row's streams: draws of two streams are independent.
        shape: tuple of ints, the shape of one row's draw.
        dtype: float dtype of the result.

    Returns:
        `[B, *shape]`.
    """
    count = math.prod(shape)
    half = (count + 1) // 2
    draws = _uniform(_bits(keys, stream, 2 * half), precise_dtype(dtype))
    radius = ops.sqrt(-2.0 * ops.log(draws[:, :half]))
    angle = 2.0 * math.pi * draws[:, half:]
    pair = ops.concatenate([radius * ops.cos(angle), radius * ops.sin(angle)], axis=1)
    return ops.cast(ops.reshape(pair[:, :count], (-1, *shape)), dtype)


def integers(keys, stream, shape, low, high):
    """Uniform integers in `low..high`, both included.

    Args:
        keys: `[B]` uint32 row keys.
        stream: int, as in `normal`.
        shape: tuple of ints, the shape of one row's draw.
        low: int, the smallest value.
        high: int, the largest value; `high - low` below 2^24.

    Returns:
        `[B, *shape]` int32.
    """
    draws = _uniform(_bits(keys, stream, math.prod(shape)), "float32")
    values = ops.cast(ops.floor(draws * (high - low + 1)), "int32")
    return ops.reshape(ops.minimum(values, high - low) + low, (-1, *shape))


def _u32(value):
    return ops.cast(ops.convert_to_tensor(value, dtype="uint32"), "uint32")
