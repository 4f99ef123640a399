"""From raw ids to rows of the embedding table, in a graph."""

import tensorflow as tf

from diffumin_tf.data.hashing import hash_buckets, splitmix64
from diffumin_tf.data.stop_unless import stop_unless
from diffumin_tf.features import PADDING_ROW


class IdEncoder(tf.Module):
    """Maps raw ids to the global rows of a feature spec.

    The same object serves the input pipeline and an exported model: it is a
    `tf.Module`, so that the look-up tables of vocabularies are tracked and saved.

    Args:
        spec: `FeatureSpec` of the raw tensors.
        check: Whether a negative id stops the graph with an error that names the
            field. Otherwise it takes the unknown row.
    """

    def __init__(self, spec, check=False):
        super().__init__()
        self.spec = spec
        self.check = check
        self._lookups = {
            table.name: _lookup(table)
            for table in spec.tables
            if table.kind == "vocabulary"
        }

    def rows(self, field, values):
        """Returns the rows of one field's raw values.

        Args:
            field: `Field` of the spec.
            values: int64 or string tensor of any shape; 0 or `""` is no value.

        Returns:
            int32 tensor of the same shape. No value takes the table's missing row;
            an id out of the range or the vocabulary takes its unknown row.
        """
        with tf.control_dependencies(self._assertions(field, values)):
            index = self._index(self.spec.table(field.table), values)
        empty = tf.equal(values, tf.zeros([], values.dtype))
        missing = self.spec.offset(field.table)
        # An unknown id has index -1, which is the row between missing and id 1.
        return tf.where(empty, missing, missing + 2 + tf.cast(index, tf.int32))

    def stack(self, fields, raw):
        """Returns the rows of several fields, stacked in a last dimension."""
        return tf.stack([self.rows(field, raw[field.name]) for field in fields], -1)

    def encode_impressions(self, raw):
        """Encodes everything but the history.

        Args:
            raw: Dictionary with a `[B]` tensor for each target, user, context and
                dense field, `user_key` and `impression_time` (int64).

        Returns:
            Dictionary with `target` `[B, F]` and `other` `[B, K]` (int32 rows),
            `dense` `[B, M]` (float32; absent without dense fields), `user_key`
            `[B]` (int64) and `noise_key` `[B]` (int32).
        """
        spec, user_key = self.spec, raw["user_key"]
        num_rows = tf.shape(user_key)[0]
        encoded = {
            "target": self.stack(spec.target_fields, raw),
            "other": tf.zeros([num_rows, 0], tf.int32),
            "user_key": user_key,
            "noise_key": noise_key(
                user_key,
                [raw[field.name] for field in spec.fields if field.role == "target"],
                raw["impression_time"],
            ),
        }
        if spec.other_fields:
            encoded["other"] = self.stack(spec.other_fields, raw)
        if spec.dense_fields:
            numbers = [raw[field.name] for field in spec.dense_fields]
            encoded["dense"] = tf.cast(tf.stack(numbers, axis=-1), tf.float32)
        return encoded

    def encode(self, raw):
        """Encodes a raw batch.

        Args:
            raw: What `encode_impressions` takes, with `history/<field>` `[U, L]`
                (most recent first), `user_index`, `history_start` and
                `history_length` `[B]`.

        Returns:
            What `encode_impressions` returns, with `history` `[U, L, F]` (int32
            rows; padding where no impression sees the position), `user_index`,
            `history_start` and `history_length` `[B]` (int32).
        """
        names = ("user_index", "history_start", "history_length")
        windows = {name: tf.cast(raw[name], tf.int32) for name in names}
        rows = self.stack(self.spec.history_fields, raw)
        shape = tf.shape(rows)
        seen = seen_positions(*windows.values(), shape[0], shape[1])
        history = tf.where(seen[:, :, tf.newaxis], rows, PADDING_ROW)
        return {"history": history, **windows, **self.encode_impressions(raw)}

    def _index(self, table, values):
        """Index of an id in its table, from 0; -1 if unknown or negative."""
        if table.kind == "vocabulary":
            return self._lookups[table.name].lookup(values)
        if table.kind == "hashed":
            index = hash_buckets(values, table.size)
            known = True if values.dtype == tf.string else values >= 0
        else:
            index, known = values - 1, (values >= 0) & (values <= table.size)
        return tf.where(known, index, tf.constant(-1, tf.int64))

    def _assertions(self, field, values):
        if not self.check or values.dtype == tf.string:
            return []
        lowest = tf.reduce_min(values)
        message = f"Ids must not be negative. Received, in field {field.name}:"
        return [stop_unless(lowest >= 0, message, lowest)]


def _lookup(table):
    ids = tf.constant(table.vocabulary, table.dtype)
    positions = tf.range(table.size, dtype=tf.int64)
    initializer = tf.lookup.KeyValueTensorInitializer(ids, positions)
    return tf.lookup.StaticHashTable(initializer, default_value=-1)


def seen_positions(user_index, start, length, num_rows, num_positions):
    """Marks the positions of stored histories that an impression sees.

    Args:
        user_index: int32 tensor `[B]`, the history row of each impression.
        start: int32 tensor `[B]`, first position of its window.
        length: int32 tensor `[B]`, positions in its window.
        num_rows: Number of history rows, U.
        num_positions: Positions of a history row, L.

    Returns:
        Boolean tensor `[U, L]`.
    """
    ends = tf.stack([user_index, start + length], axis=1)
    edges = tf.concat([tf.stack([user_index, start], axis=1), ends], axis=0)
    steps = tf.concat([tf.ones_like(start), -tf.ones_like(start)], axis=0)
    changes = tf.scatter_nd(edges, steps, [num_rows, num_positions + 1])
    return tf.cumsum(changes, axis=1)[:, :num_positions] > 0


def noise_key(user_key, targets, impression_time):
    """Hashes what identifies an impression, to pick its noise at inference.

    Args:
        user_key: int64 tensor `[B]`.
        targets: Raw values of the target fields, int64 or string tensors `[B]`.
        impression_time: int64 tensor `[B]`, seconds.

    Returns:
        int32 tensor `[B]`, from 0 to 2**31 - 1.
    """
    state = splitmix64(user_key)
    for values in (*targets, impression_time):
        if values.dtype == tf.string:
            values = hash_buckets(values, tf.int64.max)
        state = splitmix64(tf.bitcast(state, tf.int64) ^ values)
    return tf.cast(tf.bitwise.right_shift(state, tf.constant(33, tf.uint64)), tf.int32)


def deduplicate(ids, num_rows=None, smallest_bucket=1024, fixed_size=False):
    """Replaces rows of the table by positions among the distinct ones.

    Args:
        ids: List of int32 tensors of any shapes: rows of the embedding table.
        num_rows: Rows of the table. A table not much larger than the number of ids is
            marked, which takes a few arrays of its length but is several times
            faster than hashing the ids. `None` always hashes.
        smallest_bucket: The distinct rows are padded to this number, doubled as
            often as it takes, so that a compiler sees few shapes.
        fixed_size: Whether it takes all ids to be distinct there, so that it sees one.

    Returns:
        rows: int32 tensor `[N]`, the padding row, then the other distinct rows, in no
            promised order, then the padding row again up to the end.
        positions: List of int32 tensors with the shapes of `ids`, such that
            gathering `rows` at them gives `ids`.
    """
    flat = [tf.reshape(tensor, [-1]) for tensor in ids]
    rows, positions = _distinct(tf.concat([[PADDING_ROW], *flat], axis=0), num_rows)
    sizes = [1] + [tf.size(tensor) for tensor in flat]
    parts = tf.split(positions, sizes)[1:]
    buckets = [smallest_bucket << k for k in range(32 - smallest_bucket.bit_length())]
    count = tf.size(positions if fixed_size else rows)
    bucket = tf.gather(buckets, tf.searchsorted(buckets, [count])[0])
    rows = tf.pad(rows, [[0, bucket - tf.size(rows)]], constant_values=PADDING_ROW)
    pairs = zip(parts, ids, strict=True)
    return rows, [_reshape_like(part, tensor) for part, tensor in pairs]


def _distinct(ids, num_rows):
    """The distinct ids, the first one of `ids` in front, and each id's place."""
    if num_rows is None:
        return tf.unique(ids)
    # Measured on CPU: from there on, the passes over the table cost more than hashing.
    pays = num_rows <= 2 * tf.size(ids)
    return tf.cond(pays, lambda: _mark(ids, num_rows), lambda: tuple(tf.unique(ids)))


def _mark(ids, num_rows):
    """What `tf.unique` returns, by marks on the table; the distinct ids ascend."""
    marks = tf.math.bincount(
        ids, minlength=num_rows, maxlength=num_rows, binary_output=True
    )
    rows = tf.where(marks)
    places = tf.range(tf.shape(rows)[0])
    # An id beyond the table has no mark, but on a CPU this gather refuses it.
    positions = tf.gather(tf.scatter_nd(rows, places, [num_rows]), ids)
    return tf.cast(rows[:, 0], tf.int32), positions


def deduplicate_batch(batch, num_rows=None, fixed_size=False):
    """Replaces the table's rows in a batch by positions among the distinct ones.

    Args:
        batch: Dictionary; its `history`, `target` and, if it is there, `other` hold
            rows of the embedding table.
        num_rows: Rows of the table, as `deduplicate` takes them.
        fixed_size: As `deduplicate` takes it.

    Returns:
        The batch with `rows` `[N]` and with those features as positions in it.
    """
    names = [name for name in ("history", "target", "other") if name in batch]
    ids = [tf.cast(batch[name], tf.int32) for name in names]
    rows, positions = deduplicate(ids, num_rows, fixed_size=fixed_size)
    return {**batch, **dict(zip(names, positions, strict=True)), "rows": rows}


def _reshape_like(flat, tensor):
    reshaped = tf.reshape(flat, tf.shape(tensor))
    return tf.ensure_shape(reshaped, tensor.shape)
