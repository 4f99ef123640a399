"""One choice of behaviours from the ranked lists of several heads."""

import math

from keras import ops


def merge_heads(scores, mask, count):
    """The first `count` different behaviours met on a walk along the heads' lists.

    The walk takes the best behaviour of head 0, of head 1, ..., then the second
    best of head 0, and so on. Equal scores rank the lower position first, which is
    the more recent behaviour.

    Args:
        scores: `[B, h, l]` float.
        mask: `[B, l]` bool, the behaviours that may be chosen.
        count: int, behaviours to choose; all of them where there are fewer.

    Returns:
        positions: `[B, count]` int32 below l, in the order of the walk.
        chosen: `[B, count]` bool, False where the behaviours ran out.
    """
    length, num_steps = ops.shape(scores)[2], count * scores.shape[1]
    walk = _walk(scores, mask, count)
    # Sorted by position and, within one, by step, a behaviour's first meeting leads.
    step = ops.arange(num_steps, dtype="int32")
    by_position = ops.sort(walk * num_steps + step, axis=-1)
    position, step = by_position // num_steps, by_position % num_steps
    first = ops.not_equal(position[:, 1:], position[:, :-1])
    first = ops.pad(first, [(0, 0), (1, 0)], constant_values=True)
    usable = ops.logical_and(first, position < length)
    step = ops.where(usable, step, num_steps)
    by_step = ops.sort(step * (length + 1) + position, axis=-1)[:, :count]
    chosen = by_step < num_steps * (length + 1)
    return ops.minimum(by_step % (length + 1), length - 1), chosen


def _walk(scores, mask, count):
    """`[B, count · h]` int32: the walk's positions, l where a list has ended."""
    scores = ops.where(scores == 0, ops.zeros_like(scores), scores)  # −0 ties with 0
    masked = ops.where(mask[:, None], scores, -math.inf)
    # A history shorter than `count` still fills lists of that length.
    masked = ops.pad(masked, [(0, 0), (0, 0), (0, count)], constant_values=-math.inf)
    ranked, positions = ops.top_k(masked, count)
    positions = ops.where(ranked > -math.inf, positions, ops.shape(scores)[2])
    walk = ops.transpose(positions, (0, 2, 1))
    return ops.reshape(ops.cast(walk, "int32"), (-1, count * scores.shape[1]))
