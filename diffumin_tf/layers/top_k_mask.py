"""Exact selection of the k largest entries, k differing from row to row."""

from keras import ops

# A row is cut into this many stretches. Adding them up term by term becomes one
# vectorised loop on a CPU, where XLA's own sum over a row is scalar: 6 times slower.
_STRETCHES = 16

# The lowest 16-bit word: that of the key of an invalid entry.
_LOWEST = -(2**15)


def top_k_mask(scores, mask, k):
    """Marks the `k` largest valid scores of each row, ties to the lower index.

    The k-th largest value is found by a search over the bits of the floats, a bit a
    pass, 16 bits wide: no sort, the same result on every device.

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

    A key is fixed word by word from the highest; in a lower word only the keys that
    tie in those above take part.
    """
    bits = _bits(keys)
    num_above = ops.zeros_like(k, dtype="int32")
    threshold = ops.cast(num_above, keys.dtype)
    tied = ops.ones_like(keys, dtype="bool")
    for shift in range(bits - 16, -1, -16):
        words = ops.bitwise_right_shift(keys, ops.cast(shift, keys.dtype))
        if shift < bits - 16:  # Below the sign: 0..65535 become -32768..32767.
            words = ops.bitwise_and(words, ops.cast(0xFFFF, keys.dtype)) + _LOWEST
        words = ops.where(tied, ops.cast(words, "int16"), ops.cast(_LOWEST, "int16"))
        word, above = _kth_largest_word(words, k - num_above)
        num_above = num_above + above
        tied = ops.logical_and(tied, words == ops.cast(word, "int16")[..., None, None])
        word = ops.cast(word if shift == bits - 16 else word - _LOWEST, keys.dtype)
        threshold = threshold + ops.bitwise_left_shift(
            word, ops.cast(shift, keys.dtype)
        )
    return threshold, num_above


def _kth_largest_word(words, k):
    """As `_kth_largest` for `[..., stretches, m]` int16; the word as int32."""

    def fix_bit(step, state):
        word, num_above = state
        candidate = word + ops.bitwise_left_shift(ops.ones_like(word), 15 - step)
        count = _count_from(words, ops.cast(candidate, "int16"))
        enough = count >= k
        # The last candidate that fails is the one next above the word.
        num_above = ops.where(enough, num_above, count)
        return ops.where(enough, candidate, word), num_above

    none = ops.zeros_like(k, dtype="int32")
    return ops.fori_loop(0, 16, fix_bit, (none + _LOWEST, none))


def _count_from(words, candidate):
    """`[...]` int32: how many words reach the candidate `[...]`."""
    parts = [words[..., n, :] >= candidate[..., None] for n in range(_STRETCHES)]
    parts = ops.cast(sum(ops.cast(part, "int16") for part in parts), "float32")
    # As a product, which is vectorised; exact below 2^24.
    ones = ops.ones((ops.shape(parts)[-1], 1), "float32")
    return ops.cast(ops.matmul(parts, ones)[..., 0], "int32")


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
    return ops.cast(-(2 ** (_bits(keys) - 1)), keys.dtype)


def _bits(keys):
    return 64 if "int64" in str(keys.dtype) else 32
