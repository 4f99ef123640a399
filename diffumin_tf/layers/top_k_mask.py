"""Exact selection of the k largest entries, k differing from row to row."""

from keras import ops

_BLOCK = 64  # ties are located block by block, then inside one block


def top_k_mask(scores, mask, k):
    """Marks the `k` largest valid scores of each row, ties to the lower index.

    The k-th largest value is found by bisection on the bits of the floats: one
    pass over the scores a bit, no sort, the same result on every device.

    Args:
        scores: `[..., l]` float32 or float64, finite where valid.
        mask: `[..., l]` bool, or broadcastable to it; invalid entries never count.
        k: `[...]` int32, entries to keep; at most the number of valid ones is kept.

    Returns:
        `[..., l]` bool.
    """
    keys = _ordered_keys(ops.stop_gradient(scores), mask)
    k = ops.minimum(k, _count(keys > _lowest(keys)))
    threshold = _kth_largest(keys, k)[..., None]
    above = keys > threshold
    tied = keys == threshold
    cut = _position_of_nth(tied, k - _count(above))[..., None]
    positions = ops.arange(keys.shape[-1], dtype="int32")
    kept = ops.logical_or(above, ops.logical_and(tied, positions <= cut))
    return ops.logical_and(kept, (k > 0)[..., None])


def _ordered_keys(scores, mask):
    """Integers in the order of the scores; the lowest one marks invalid entries."""
    scores = ops.where(scores == 0, ops.zeros_like(scores), scores)  # −0 ties with 0
    bits, integer = (64, "int64") if "float64" in str(scores.dtype) else (32, "int32")
    raw = ops.view(scores, dtype=integer)
    largest = ops.cast(2 ** (bits - 1) - 1, integer)
    keys = ops.where(raw < 0, ops.bitwise_xor(raw, largest), raw)
    return ops.where(mask, keys, _lowest(keys))


def _kth_largest(keys, k):
    """The k-th largest key of each row: bits fixed from the highest to the lowest."""
    bits = 64 if "int64" in str(keys.dtype) else 32
    lowest, zero = _lowest(keys), ops.cast(0, keys.dtype)
    start = ops.where(_count(keys >= 0) >= k, zero, lowest)

    def fix_bit(step, threshold):
        shift = ops.cast(bits - 2 - step, keys.dtype)
        bit = ops.bitwise_left_shift(ops.cast(1, keys.dtype), shift)
        candidate = ops.bitwise_or(threshold, bit)
        enough = _count(keys >= candidate[..., None]) >= k
        return ops.where(enough, candidate, threshold)

    return ops.fori_loop(0, bits - 1, fix_bit, start)


def _position_of_nth(flags, n):
    """Index of the n-th true flag of each row (n from 1), found in two levels."""
    length = flags.shape[-1]
    flags = ops.cast(flags, "int32")
    pad = -length % _BLOCK
    flags = ops.pad(flags, [(0, 0)] * (len(flags.shape) - 1) + [(0, pad)])
    blocks = ops.reshape(flags, (*ops.shape(flags)[:-1], -1, _BLOCK))
    through = ops.cumsum(ops.sum(blocks, axis=-1), axis=-1)
    block = _count(through < n[..., None])
    block = ops.minimum(block, (length + pad) // _BLOCK - 1)
    inside = ops.take_along_axis(blocks, block[..., None, None], axis=-2)[..., 0, :]
    through = ops.take_along_axis(through, block[..., None], axis=-1)
    before = through - ops.sum(inside, axis=-1, keepdims=True)
    return block * _BLOCK + _count(before + ops.cumsum(inside, -1) < n[..., None])


def _count(flags):
    return ops.sum(ops.cast(flags, "int32"), axis=-1)


def _lowest(keys):
    return ops.cast(-(2**63) if "int64" in str(keys.dtype) else -(2**31), keys.dtype)
