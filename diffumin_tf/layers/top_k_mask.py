"""Exact selection of the k largest entries, k differing from row to row."""

from keras import ops

# A row is cut into this many stretches. Adding them up term by term becomes one
# vectorised loop on a CPU, where XLA's own sum over a row is scalar: 6 times slower.
_STRETCHES = 16


def top_k_mask(scores, mask, k):
    """Marks the `k` largest valid scores of each row, ties to the lower index.

    The k-th largest value is found by a search over the bits of the floats, two
    bits a pass over the scores: no sort, the same result on every device.

    Args:
        scores: `[..., l]` float, finite where valid.
        mask: `[..., l]` bool, or broadcastable to it; invalid entries never count.
        k: `[...]` int32, entries to keep; at most the number of valid ones is kept.

    Returns:
        `[..., l]` bool.
    """
    keys = _cut(_ordered_keys(ops.stop_gradient(scores), mask))
    threshold, num_above = _kth_largest(keys, k)
    cut = _position_of_nth(keys, threshold, k - num_above)[..., None, None]
    threshold = threshold[..., None, None]
    positions = ops.arange(_STRETCHES * ops.shape(keys)[-1], dtype="int32")
    tied_kept = ops.reshape(positions, (_STRETCHES, -1)) <= cut
    tied_kept = ops.logical_and(keys == threshold, tied_kept)
    kept = ops.logical_or(keys > threshold, tied_kept)
    kept = ops.reshape(kept, (*ops.shape(kept)[:-2], -1))
    return kept[..., : ops.shape(scores)[-1]]


def _ordered_keys(scores, mask):
    """Integers in the order of the scores; the lowest one marks invalid entries."""
    double = "float64" in str(scores.dtype)
    bits, integer = (64, "int64") if double else (32, "int32")
    scores = ops.cast(scores, f"float{bits}")
    scores = ops.where(scores == 0, ops.zeros_like(scores), scores)  # −0 ties with 0
    raw = ops.view(scores[..., None], dtype=integer)[..., 0]
    largest = ops.cast(2 ** (bits - 1) - 1, integer)
    keys = ops.where(raw < 0, ops.bitwise_xor(raw, largest), raw)
    return ops.where(mask, keys, _lowest(keys))


def _cut(keys):
    """`[..., l]` to `[..., stretches, m]`, filled up with invalid entries."""
    filler = ops.full_like(ops.repeat(keys[..., :1], _STRETCHES, -1), _lowest(keys))
    filled = ops.concatenate([keys, filler], axis=-1)
    length = ops.shape(filled)[-1] // _STRETCHES * _STRETCHES
    return ops.reshape(
        filled[..., :length], (*ops.shape(keys)[:-1], _STRETCHES, length // _STRETCHES)
    )


def _kth_largest(keys, k):
    """The k-th largest key of each row, and how many keys are above it.

    The key's bits are fixed from the highest to the lowest, two a pass.
    """
    bits = 64 if "int64" in str(keys.dtype) else 32
    digits = ops.arange(1, 4, dtype=keys.dtype)

    def fix_two_bits(step, state):
        threshold, num_above = state
        # The lowest key is the sign bit alone, hence xor instead of or.
        shift = ops.cast(bits - 2 - 2 * step, keys.dtype)
        candidates = ops.bitwise_left_shift(digits, shift)
        counts = _count_from(keys, ops.bitwise_xor(threshold[..., None], candidates))
        enough = counts >= k[..., None]
        # JAX widens sums where 64 bits are on; the loop's state must keep its type.
        digit = ops.cast(ops.sum(ops.cast(enough, "int32"), axis=-1), keys.dtype)
        too_few = ops.max(ops.where(enough, 0, counts), axis=-1)
        threshold = ops.bitwise_xor(threshold, ops.bitwise_left_shift(digit, shift))
        return threshold, ops.maximum(num_above, too_few)

    none = ops.zeros_like(k, dtype="int32")
    start = ops.cast(none, keys.dtype) + _lowest(keys), none
    return ops.fori_loop(0, bits // 2, fix_two_bits, start)


def _count_from(keys, candidates):
    """`[..., q]` int32: how many keys reach each of the `[..., q]` candidates."""
    keys, candidates = keys[..., None, :, :], candidates[..., None]
    parts = [keys[..., n, :] >= candidates for n in range(_STRETCHES)]
    counts = ops.sum(sum(ops.cast(part, "int32") for part in parts), axis=-1)
    return ops.cast(counts, "int32")


def _position_of_nth(keys, wanted, n):
    """Index of the n-th key (from 1) that equals `wanted`: its stretch, then inside.

    −1 where n is not positive, or where the key is that of invalid entries, which
    is the k-th largest of a row with fewer than k valid ones.
    """
    some = ops.logical_and(n > 0, wanted > _lowest(keys))
    n, wanted = n[..., None], wanted[..., None]
    each = ops.sum(ops.cast(keys == wanted[..., None], "int32"), axis=-1)
    through = ops.cumsum(each, axis=-1)
    stretch = ops.sum(ops.cast(through < n, "int32"), axis=-1, keepdims=True)
    stretch = ops.minimum(stretch, _STRETCHES - 1)
    before = ops.take_along_axis(through - each, stretch, axis=-1)
    inside = ops.take_along_axis(keys, stretch[..., None], axis=-2)[..., 0, :]
    inside = ops.cumsum(ops.cast(inside == wanted, "int32"), axis=-1)
    place = ops.sum(ops.cast(before + inside < n, "int32"), axis=-1)
    return ops.where(some, stretch[..., 0] * ops.shape(keys)[-1] + place, -1)


def _lowest(keys):
    return ops.cast(-(2**63) if "int64" in str(keys.dtype) else -(2**31), keys.dtype)
