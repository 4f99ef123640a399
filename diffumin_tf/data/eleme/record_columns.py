"""From the cells of raw rows to the columns of records, each row a user of its own."""

import numpy as np
import tensorflow as tf

from diffumin_tf.data.eleme.histories import histories
from diffumin_tf.data.eleme.layout import raw_name, raw_place, table_ids
from diffumin_tf.data.hashing import hash_buckets

_MAX_KEY = np.iinfo(np.int64).max
_SECONDS_PER_HOUR = 3_600
# -99 and its like: not told.
_NO_GENDER = "-.*|0"


def record_columns(cells, day_start, features, plan):
    """Makes the columns of R records.

    Args:
        cells: String tensor `[R, 39]` of good rows.
        day_start: Seconds when the day of these rows begins.
        features: `FeatureSpec` of the records.
        plan: `Plan`.

    Returns:
        Name to `(values, counts)`, as `example_bytes` takes them.
    """
    ones = np.ones(len(cells), np.int64)
    single = {f.name: _ids(cells, f, features) for f in _single_fields(features)}
    for field in features.dense_fields:
        amount = tf.strings.to_number(_cell(cells, raw_name(field)), "float64")
        single[field.name] = np.log1p(amount.numpy()).astype(np.float32)
    label = tf.strings.to_number(_cell(cells, "label"), "float32").numpy()
    hour = tf.strings.to_number(_cell(cells, "hours"), "int64").numpy()
    time = day_start + hour * _SECONDS_PER_HOUR
    history, counts = histories(
        {f.name: _list_ids(cells, f, features) for f in features.history_fields},
        plan.sequence_length,
        plan.most_recent_first,
    )
    single |= {
        "user_key": hash_buckets(_cell(cells, "user_id"), _MAX_KEY).numpy(),
        "impression_time": time,
        "history_length": counts,
        "label": label,
    }
    history["history_time"] = _made_up_times(time, counts)
    return {
        **{name: (values, ones) for name, values in single.items()},
        **{name: (values, counts) for name, values in history.items()},
    }


def _single_fields(features):
    return [field for field in features.fields if field.role != "history"]


def _cell(cells, name):
    return cells[:, raw_place(name)]


def _ids(cells, field, features):
    texts = _cell(cells, raw_name(field))
    if raw_name(field) == "gender":
        texts = tf.strings.regex_replace(texts, f"^({_NO_GENDER})$", "")
    return table_ids(texts, features.table(field.table).size)


def _list_ids(cells, field, features):
    entries = tf.strings.split(_cell(cells, raw_name(field)), ";")
    ids = table_ids(entries.flat_values, features.table(field.table).size)
    return ids, entries.row_lengths().numpy()


def _made_up_times(times, counts):
    """The most recent behaviour a second before its impression, the next two, ..."""
    ends = np.cumsum(counts)
    return np.repeat(times - ends, counts) + np.arange(np.sum(counts))
