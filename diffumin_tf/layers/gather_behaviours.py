"""Some behaviours of each row's history, without a copy of the histories."""

from keras import ops

from diffumin_tf.layers.row_histories import history_index


def gather_behaviours(history, positions, user_index=None):
    """Picks behaviours of stored histories by their positions.

    The gradient reaches the picked behaviours only, so that its cost does not grow
    with the history.

    Args:
        history: `[U, L, ...]`, what is stored of each behaviour.
        positions: `[B, k]` int, each below L.
        user_index: `[B]` int, the history row of each row; None as in
            `row_histories`.

    Returns:
        `[B, k, ...]`.
    """
    num_histories, stored = ops.shape(history)[:2]
    row = history_index(ops.shape(positions)[0], num_histories, user_index)
    row, stored = (ops.cast(value, positions.dtype) for value in (row, stored))
    flat = ops.reshape(history, (-1, *history.shape[2:]))
    return ops.take(flat, (row * stored)[:, None] + positions, axis=0)
