"""Sums of equal rows' gradients where no shape may hang on values, as on TPUs."""

import tensorflow as tf

from diffumin_tf.features import PADDING_ROW


def sum_sorted(rows, gradients):
    """Sums the gradients of equal rows; as many rows come out as went in.

    Args:
        rows: `[R]` int, in any order and number.
        gradients: `[R, dim]` float.

    Returns:
        The distinct rows, filled up with padding, `[R]`; and their sums `[R, dim]`.
        Wherever padding stands it has its whole sum, so that an optimiser moves it to
        the same values, whichever it writes last.
    """
    order = tf.argsort(rows)
    rows, gradients = tf.gather(rows, order), tf.gather(gradients, order)
    changes = tf.cast(rows[1:] != rows[:-1], tf.int32)
    places = tf.concat([[0], tf.cumsum(changes)], axis=0)
    size = rows.shape[0] or tf.shape(rows)[0]
    sums = tf.math.unsorted_segment_sum(gradients, places, size)
    # Behind the last row it is the lowest integer.
    rows = tf.maximum(tf.math.unsorted_segment_max(rows, places, size), PADDING_ROW)
    is_padding = (rows == PADDING_ROW)[:, tf.newaxis]
    of_padding = tf.reduce_sum(tf.where(is_padding, sums, tf.zeros_like(sums)), axis=0)
    return rows, tf.where(is_padding, of_padding, sums)
