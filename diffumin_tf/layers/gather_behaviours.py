"""Some behaviours of each row's history, without a copy of the histories."""

from keras import ops


def gather_behaviours(history, positions, user_index=None):
    """Picks behaviours of stored histories by their positions.

    The gradient reaches the picked behaviours only, so that its cost does not grow
    with the history.

    Args:
        history: `[U, L, ...]`, what is stored of each behaviour.
        positions: `[B, k]` int, each below L.
        user_index: `[B]` int, the history row of each row; None if U = B and they
            correspond.

    Returns:
        `[B, k, ...]`.
    """
    stored = ops.cast(ops.shape(history)[1], positions.dtype)
    if user_index is None:
        user_index = ops.arange(ops.shape(positions)[0], dtype=positions.dtype)
    row = ops.cast(user_index, positions.dtype)[:, None]
    flat = ops.reshape(history, (-1, *history.shape[2:]))
    return ops.take(flat, row * stored + positions, axis=0)
