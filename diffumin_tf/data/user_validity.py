"""`user_check` in a graph: whether a user that was read may be used at all."""

import numpy as np
import tensorflow as tf

from diffumin_tf.data.schema import HISTORY, IMPRESSION, SIZE, SPLIT, USER

_ANY = 2**64 - 1  # For keys and times, which may be negative.
_NOT_NEGATIVE = 2**63 - 1
_LEADING = {
    USER: "user_key",
    HISTORY: "history_time",
    IMPRESSION: "impression_time",
}


class UserValidity:
    """Says of each user that is read, in few operations, what `check_user` says.

    Columns are stacked and checked together: in a graph of small tensors it is the
    number of operations that takes time.

    Args:
        schema: `Schema` of the users.
    """

    def __init__(self, schema):
        self._columns = schema.columns
        columns = self._columns.items()
        self._numbers = [name for name, c in columns if c.dtype == "float32"]
        self._ids = {
            axis: [n for n, c in columns if (c.axis, c.dtype) == (axis, "int64")]
            for axis in _LEADING
        }
        limits = {field.name: _limit(schema, field) for field in schema.features.fields}
        limits[SPLIT], limits[SIZE] = len(schema.splits) - 1, _NOT_NEGATIVE
        self._limits = {
            axis: np.array([[limits.get(name, _ANY)] for name in names], np.uint64)
            for axis, names in self._ids.items()
        }

    def holds(self, user):
        """Whether a user is as the schema says.

        Args:
            user: Name to 1-D tensor, the schema's columns.

        Returns:
            Boolean scalar. Unequal lengths, and a `history_length` that is none of
            the history's, may stop the graph instead.
        """
        numbers = tf.concat([user[name] for name in self._numbers], 0)
        label = user["label"]
        checks = [
            *[self._ids_hold(user, axis) for axis in _LEADING],
            self._lengths_hold(user),
            tf.reduce_all(tf.math.is_finite(numbers)),
            tf.reduce_all(tf.equal(label * label, label)),
            *_times_hold(user),
        ]
        if "weight" in self._columns:
            checks.append(tf.reduce_all(user["weight"] >= 0))
        return tf.reduce_all(tf.stack(checks))

    def _ids_hold(self, user, axis):
        values = tf.stack([user[name] for name in self._ids[axis]])
        # As an unsigned number a negative id is beyond every limit.
        return tf.reduce_all(tf.bitcast(values, tf.uint64) <= self._limits[axis])

    def _lengths_hold(self, user):
        """Whether the columns that are in no stack of ids are as long as those."""
        stacked = {name for names in self._ids.values() for name in names}
        names = [name for name in self._columns if name not in stacked]
        found = [tf.size(user[name]) for name in ("user_key", *names)]
        sizes = {axis: tf.size(user[name]) for axis, name in _LEADING.items()}
        expected = [1] + [(sizes | {USER: 1})[self._columns[n].axis] for n in names]
        return tf.reduce_all(tf.equal(tf.stack(found), tf.stack(expected)))


def _limit(schema, field):
    table = schema.features.table(field.table)
    return table.size if table.kind == "dense" else _NOT_NEGATIVE


def _times_hold(user):
    """Whether times rise, and no prefix reaches beyond its impression."""
    times = tf.concat([[tf.int64.min], user["history_time"]], 0)
    shown = user["impression_time"]
    last = tf.gather(times, user["history_length"])
    rising = [times, shown, *([user[SPLIT]] if SPLIT in user else [])]
    return [
        *[tf.reduce_all(values[1:] >= values[:-1]) for values in rising],
        tf.reduce_all(last <= shown),
    ]
