"""Which impressions of a user share a stored history row, and the rows."""

from dataclasses import dataclass

import tensorflow as tf

from diffumin_tf.data.encoding import seen_positions


@dataclass(frozen=True)
class HistoryWindows:
    """Cuts a user's history into rows, most recent behaviour first.

    An impression whose prefix holds n behaviours sees the last `sequence_length` of
    them. With n_max the longest prefix of the user, impressions of one bin,
    `(n_max - n) // (slack + 1)`, fit in a row of `sequence_length + slack` positions.

    Attributes:
        batch_size: A new batch starts a new row.
        sequence_length: Most behaviours that an impression sees.
        slack: Behaviours between the first and the last impression of a row.
        grouped: Whether impressions share rows.
    """

    batch_size: int
    sequence_length: int
    slack: int
    grouped: bool

    def place(self, count, user):
        """Marks the impressions that start a history row; a `scan` function.

        Args:
            count: int32 scalar, the impressions of the users before.
            user: Dictionary with `prefix` `[m]` (int32), for each impression the
                number of behaviours before it.

        Returns:
            The count modulo the batch size, after this user, and the dictionary
            with `opens` `[m]` (int64, 0 or 1) added.
        """
        prefix = user["prefix"]
        place = (count + tf.range(tf.size(prefix))) % self.batch_size
        opens = tf.ones_like(prefix, tf.bool)
        if self.grouped:
            bins = (tf.reduce_max(prefix) - prefix) // (self.slack + 1)
            changes = tf.concat([[True], bins[1:] != bins[:-1]], axis=0)
            opens = changes | (place == 0)
        after = (count + tf.size(prefix)) % self.batch_size
        return after, {**user, "opens": tf.cast(opens, tf.int64)}

    def cut(self, user):
        """Replaces a user's history by its rows and each impression's window.

        Args:
            user: Dictionary with `prefix` and `opens` `[m]`, `history` `[n, F]` and
                perhaps `history_time` and `history_size` `[n]`, oldest behaviour first.

        Returns:
            The dictionary with `history` `[m, (r), L, F]` and those others
            `[m, (r), L]`, ragged: a row where an impression opens one, else none;
            and `history_start` and `history_length` `[m]` (int32) for `prefix`
            and `opens`. Positions that no impression sees are 0.
        """
        user = dict(user)
        prefix, opens = user.pop("prefix"), user.pop("opens")
        row = tf.cast(tf.cumsum(opens) - 1, tf.int32)
        ends = tf.math.segment_max(prefix, row)
        start = tf.gather(ends, row) - prefix
        length = tf.minimum(prefix, self.sequence_length)
        num_positions = self.sequence_length + self.slack
        seen = seen_positions(row, start, length, tf.size(ends), num_positions)
        backwards = ends[:, tf.newaxis] - tf.range(num_positions)
        index = tf.where(seen, backwards, 0)
        for name in ("history", "history_time", "history_size"):
            if name in user:
                rows = tf.gather(_with_zero_first(user[name]), index)
                user[name] = tf.RaggedTensor.from_row_lengths(
                    rows, opens, validate=False
                )
        return {**user, "history_start": start, "history_length": length}


def _with_zero_first(values):
    """Shifts behaviours to index 1, 2, ...: index 0 is no behaviour."""
    return tf.pad(values, [[1, 0]] + [[0, 0]] * (values.shape.rank - 1))
