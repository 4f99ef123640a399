"""How many impressions a part of a split has."""

import tensorflow as tf

from diffumin_tf.data.split_part import SplitPart


def count_impressions(source, split, time_range):
    """Reads all users once, and counts.

    Args:
        source: Object with `schema` and `users()`.
        split: Name of a split of the schema.
        time_range: `(first, end)` in seconds, half-open: a part of it.

    Returns:
        int.
    """
    part = SplitPart.of(source.schema, split, time_range)

    def add(total, user):
        first, end = part.bounds(user)
        return total + tf.cast(end - first, tf.int64)

    return int(source.users().reduce(tf.constant(0, tf.int64), add))
