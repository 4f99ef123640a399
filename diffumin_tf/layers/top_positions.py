"""The places of the best behaviours of each row."""

import math

from keras import ops


def top_positions(scores, mask, count):
    """Finds the `count` valid behaviours with the largest scores.

    Equal scores rank the lower position first, which is the more recent behaviour.

    Args:
        scores: `[B, l]` float, finite where valid; their gradient ends here.
        mask: `[B, l]` bool, the behaviours that may be chosen.
        count: int, behaviours to choose; all of them where there are fewer.

    Returns:
        positions: `[B, count]` int32 below l, best first.
        chosen: `[B, count]` bool, False where the behaviours ran out.
    """
    scores = ops.stop_gradient(scores)
    scores = ops.where(scores == 0, ops.zeros_like(scores), scores)  # −0 ties with 0
    # Not 0, which would put padding before every negative score.
    masked = ops.where(mask, scores, -math.inf)
    # A history shorter than `count` still fills lists of that length.
    masked = ops.pad(masked, [(0, 0), (0, count)], constant_values=-math.inf)
    ranked, positions = ops.top_k(masked, count)
    positions = ops.minimum(ops.cast(positions, "int32"), ops.shape(scores)[1] - 1)
    return positions, ranked > -math.inf
