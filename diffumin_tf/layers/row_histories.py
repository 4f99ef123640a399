"""Which stored history each row of a batch reads.

U histories serve B rows. Either `user_index` names each row's history, or, without
it, each history is that of B / U rows that follow each other: one each where U = B,
all of them where one user's candidates are ranked.
"""

from keras import ops


def history_index(num_rows, num_histories, user_index=None):
    """`[B]` int: the history of each row, U and B being what is given."""
    if user_index is not None:
        return user_index
    return ops.arange(num_rows, dtype="int32") // _rows_each(num_rows, num_histories)


def row_histories(stored, rows, user_index=None):
    """A copy of its history for each row.

    Args:
        stored: `[U, ...]`, what is stored of the histories.
        rows: `[B, ...]`, anything of the rows.
        user_index: `[B]` int, or None.

    Returns:
        `[B, ...]`; `stored` itself where U = B is known and there is no index.
    """
    if user_index is None and stored.shape[0] == rows.shape[0] is not None:
        return stored
    num_rows, num_histories = ops.shape(rows)[0], ops.shape(stored)[0]
    index = history_index(num_rows, num_histories, user_index)
    return ops.take(stored, index, axis=0)


def rows_by_history(values, stored):
    """Puts together what belongs to one history, where there is no `user_index`.

    Args:
        values: `[B, n, m]`.
        stored: `[U, ...]`, what is stored of the histories.

    Returns:
        `[U, B / U · n, m]`.
    """
    num_rows, count, width = ops.shape(values)
    num_histories = ops.shape(stored)[0]
    together = _rows_each(num_rows, num_histories) * count
    return ops.reshape(values, (num_histories, together, width))


def history_products(vectors, stored):
    """Inner products of rows' vectors with their histories, without a `user_index`.

    What belongs to one history is multiplied with it at once.

    Args:
        vectors: `[B, n, d]`.
        stored: `[U, l, d]`.

    Returns:
        `[B, n, l]`.
    """
    together = rows_by_history(vectors, stored)
    products = ops.matmul(together, ops.swapaxes(stored, 1, 2))
    return ops.reshape(products, (-1, vectors.shape[1], ops.shape(stored)[1]))


def history_sums(weights, stored):
    """Weighted sums of rows' histories, without a `user_index`.

    Args:
        weights: `[B, n, l]`.
        stored: `[U, l, d]`.

    Returns:
        `[B, n, d]`.
    """
    sums = ops.matmul(rows_by_history(weights, stored), stored)
    return ops.reshape(sums, (-1, weights.shape[1], stored.shape[-1]))


def _rows_each(num_rows, num_histories):
    """B / U; 1 where there is nothing at all."""
    if isinstance(num_histories, int):
        return num_rows // max(num_histories, 1)
    return num_rows // ops.maximum(num_histories, 1)
