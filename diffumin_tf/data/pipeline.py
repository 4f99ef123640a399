"""From users to batches of impressions that share stored histories.

A user is one record: the history oldest first, and impressions with the length of
the history's prefix that each may see. A batch holds `batch_size` impressions and
a history row, most recent behaviour first, for each run of impressions of one user
that fits in `sequence_length + slack` positions. Every stage is a native and
deterministic tf.data operation.
"""

import tensorflow as tf

from diffumin_tf.data import encoding
from diffumin_tf.data.impression_runs import ImpressionRuns
from diffumin_tf.data.split_part import SplitPart
from diffumin_tf.data.windows import HistoryWindows

_ROW_MULTIPLE = 8
_OF_TIME = {"history_time", "history_size"}
_RUNS_SHUFFLED = 1024


def make_dataset(
    source,
    split,
    *,
    batch_size,
    sequence_length,
    slack=256,
    grouped=True,
    seed=None,
    epoch=0,
    run_length=None,
    time_range=None,
    drop_remainder=None,
    deduplicate=True,
    with_time=False,
    carry=(),
    shared=False,
):
    """Builds one epoch of batches.

    B is the batch size, L the positions of a history row, U the history rows (a
    multiple of 8, the last ones may be empty), N the distinct rows of the table.

    Args:
        source: Object with `schema` and `users(seed, epoch)`, which yields users
            that `check_user` would pass: they are not checked again.
        split: Name of a split of the schema.
        batch_size: Impressions a batch.
        sequence_length: Most behaviours that an impression sees, l.
        slack: Behaviours between the first and the last impression of one history
            row, s; L is l + s. A longer span takes another row.
        grouped: Whether impressions share rows. Otherwise U is B and L is l; the
            windows hold the same behaviours either way.
        seed: Seed of the order of users; `None` keeps the stored order.
        epoch: Epoch number, which changes the order where there is a seed.
        run_length: Most impressions of a user that follow each other where there is a
            seed, `None` for all: a user with more is met again later in the epoch.
        time_range: `(first, end)` in seconds, half-open: keeps the part of the
            split in it. `None` keeps the whole split.
        drop_remainder: Whether to drop the last partial batch; by default, if
            there is a seed.
        deduplicate: Whether `history`, `target` and `other` hold positions in
            `rows`, the distinct rows of the batch, instead of rows of the table.
        with_time: Whether to add `history_time`, and `history_size` where behaviours
            are clusters.
        carry: Names of impression columns of the schema to add as they are stored.
        shared: Whether processes take the users from one pool, each as many as it can:
            the source's `shared_users`, which need a seed.

    Returns:
        `tf.data.Dataset` of `(features, label)`, or `(features, label, weight)`
        where the source has weights. `label` and `weight` are float32 `[B]`,
        `features` a dictionary of `history` `[U, L, F]`, `target` `[B, F]`, `other`
        `[B, K]`, `rows` `[N]`, `user_index` (if grouped), `history_start`,
        `history_length` and `noise_key` `[B]` (int32), `user_key` and
        `impression_time` `[B]` (int64),
        the schema's extra columns and `carry` `[B]`; where the spec has dense fields,
        `dense` `[B, M]` (float32). `history_time` is `[U, L]` (int64 seconds, 0
        where no impression sees the position), and so is `history_size`.

    Raises:
        ValueError: If an argument is out of range, the split is unknown or no
            impression is in it.
    """
    _check_sizes(batch_size, sequence_length, slack)
    span = _time_range(source.schema, split, time_range)
    part = SplitPart.of(source.schema, split, span)
    _check_not_empty(source, split, part)
    encoder = encoding.IdEncoder(source.schema.features)
    windows = HistoryWindows(
        batch_size, sequence_length, slack if grouped else 0, grouped
    )
    if drop_remainder is None:
        drop_remainder = seed is not None

    def select(user):
        user = user if with_time else _without(user, _OF_TIME)
        return _select(user, part, encoder, (*source.schema.extra, *carry))

    def finish(batch):
        return _finish(batch, grouped, encoder.spec.num_rows if deduplicate else None)

    read = source.shared_users if shared else source.users
    users = read(seed=seed, epoch=epoch).filter(part.is_active)
    users = _map(users, select)
    if run_length is not None and seed is not None:
        users = ImpressionRuns(run_length, _RUNS_SHUFFLED, seed, epoch).apply(users)
    users = users.scan(tf.constant(0, tf.int32), windows.place)
    # Not `unbatch`: it crashes on columns of width 0.
    impressions = _map(users, windows.cut).flat_map(tf.data.Dataset.from_tensor_slices)
    batches = impressions.batch(batch_size, drop_remainder=drop_remainder)
    return _map(batches, finish).prefetch(tf.data.AUTOTUNE)


def _map(dataset, function):
    # No tensor decides what is run here; to search the source for one takes seconds.
    function = tf.autograph.experimental.do_not_convert(function)
    return dataset.map(function, tf.data.AUTOTUNE, deterministic=True)


def _select(user, part, encoder, extra):
    """Keeps a user's impressions of a part of a split and encodes the ids."""
    first, end = part.bounds(user)
    num_impressions = end - first
    raw = {}
    for name, values in user.items():
        if name.startswith("history/") or name in _OF_TIME:
            raw[name] = values
        elif name == "user_key" or name.startswith("user/"):
            raw[name] = tf.repeat(values, num_impressions)
        else:
            raw[name] = values[first:end]
    names = {"impression_time", "weight", *_OF_TIME, *extra} & set(raw)
    return {
        **{name: raw[name] for name in sorted(names)},
        **encoder.encode_impressions(raw),
        "history": encoder.stack(encoder.spec.history_fields, raw),
        "prefix": tf.cast(raw["history_length"], tf.int32),
        "label": tf.cast(raw["label"], tf.float32),
    }


def _finish(batch, grouped, num_rows):
    """Joins the history rows, and remaps the rows of a table of `num_rows`, if any."""
    features = dict(batch)
    if grouped:  # Else each impression has a history: without an index none is copied.
        opens = features["history"].row_lengths()
        features["user_index"] = tf.cast(tf.cumsum(opens) - 1, tf.int32)
    for name in {"history", *_OF_TIME} & set(features):
        features[name] = _join(features[name], grouped)
    if num_rows is not None:
        features = encoding.deduplicate_batch(features, num_rows)
    label = features.pop("label")
    if "weight" in features:
        return features, label, tf.cast(features.pop("weight"), tf.float32)
    return features, label


def _join(runs, grouped):
    """`[B, (r), L, ...]` with r rows an impression, 0 or 1, to `[U, L, ...]`."""
    rows = runs.values
    if not grouped:
        return tf.ensure_shape(rows, [runs.shape[0], *rows.shape[1:]])
    padding = -tf.shape(rows)[0] % _ROW_MULTIPLE
    return tf.pad(rows, [[0, padding]] + [[0, 0]] * (rows.shape.rank - 1))


def _without(features, names):
    return {key: value for key, value in features.items() if key not in names}


def _check_sizes(batch_size, sequence_length, slack):
    least = {"batch_size": 1, "sequence_length": 1, "slack": 0}
    values = (batch_size, sequence_length, slack)
    for (name, minimum), value in zip(least.items(), values, strict=True):
        if value < minimum:
            raise ValueError(
                f"{name} must be at least {minimum}. Received: {name}={value}."
            )


def _time_range(schema, split, narrower):
    if split not in schema.splits:
        raise ValueError(
            f"split must be one of {sorted(schema.splits)}. Received: split={split!r}."
        )
    first, end = schema.splits[split]
    if narrower is None:
        return first, end
    if not first <= narrower[0] < narrower[1] <= end:
        raise ValueError(
            f"time_range must be a part of split {split!r}, [{first}, {end}). "
            f"Received: time_range={tuple(narrower)}."
        )
    return tuple(narrower)


def _check_not_empty(source, split, part):
    """Raises if no impression is kept; reads up to the first that is."""
    if not tf.executing_eagerly():
        return  # Inside a graph nothing can be read ahead.
    if not list(source.users().filter(part.is_active).take(1)):
        raise ValueError(
            "a split must hold impressions. Received: none from "
            f"{part.span[0]} to {part.span[1]} seconds in split={split!r}."
        )
