"""SIM-hard's search: the latest behaviours of the target's category."""

from keras import ops

from diffumin_tf.layers.row_histories import row_histories
from diffumin_tf.layers.top_positions import top_positions


def category_search(categories, target_category, mask, count, user_index=None):
    """Finds the most recent behaviours of the target's category.

    Args:
        categories: `[U, l]` int, most recent behaviour first. What is missing, or
            unknown, has an id too, and so is a category of its own.
        target_category: `[B]` int.
        mask: `[B, l]` bool, the behaviours that row b may see.
        count: int, K.
        user_index: `[B]` int, the history row of each target; None as in
            `row_histories`.

    Returns:
        positions: `[B, K]` int32 below l, most recent first.
        chosen: `[B, K]` bool, False where there is no K-th behaviour.
    """
    categories = row_histories(categories, target_category, user_index)
    same = ops.logical_and(mask, ops.equal(categories, target_category[:, None]))
    # All equal, so that recency alone ranks them.
    return top_positions(ops.zeros_like(same, dtype="float32"), same, count)
