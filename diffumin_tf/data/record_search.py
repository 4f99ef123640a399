"""Finds and names the record that a graph could not read."""

import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError

from diffumin_tf.data.schema import USER
from diffumin_tf.data.shard_files import compression_of
from diffumin_tf.data.user_check import check_user

_KINDS = {"int64": "int64_list", "float32": "float_list", "string": "bytes_list"}
_LISTED = 32  # Files in one message.
_DTYPES = {"int64": np.int64, "float32": np.float32, "string": object}


def check_records(paths, schema):
    """Reads every record and raises at the first that breaks the schema.

    Args:
        paths: The shards.
        schema: `Schema` of the users in them.

    Raises:
        ValueError: Naming file, record, column and value.
        OSError: If a file cannot be read.
    """
    counts = {path: _check_shard(path, schema) for path in paths}
    if (found := sum(counts.values())) != schema.num_users:
        listed = [f"{count} in {path}" for path, count in counts.items()]
        more = f" and {len(listed) - _LISTED} more" if len(listed) > _LISTED else ""
        raise ValueError(
            f"shards must hold the schema's num_users, {schema.num_users} users. "
            f"Received: {found}, {', '.join(listed[:_LISTED])}{more}."
        )


def _check_shard(path, schema):
    """Checks the users of one file; returns how many there are."""
    number = -1
    for number, record in enumerate(raw_records(path)):
        where = f"record {number} of {path}"
        check_user(_user(record, schema, where), schema, where)
    return number + 1


def raw_records(path):
    """Yields the serialized records of one file.

    Raises:
        ValueError: If one is damaged or truncated.
        OSError: If the file cannot be read.
    """
    number = 0
    records = tf.data.TFRecordDataset(path, compression_of(path))
    try:
        for record in records.as_numpy_iterator():
            yield record
            number += 1
    except tf.errors.DataLossError:
        raise ValueError(
            "records must be whole, with their checksums. Received: a damaged or "
            f"truncated record {number} of {path}."
        ) from None
    except tf.errors.OpError as error:
        raise OSError(
            f"shards must be readable. Received, after {number} records of {path}: "
            f"{error.message}."
        ) from None


def example_features(record, where):
    """The features of a serialized `tf.train.Example`, by name.

    Raises:
        ValueError: If the bytes are something else, which stand at `where`.
    """
    try:
        return tf.train.Example.FromString(record).features.feature
    except DecodeError:
        raise ValueError(
            f"a record must be a tf.train.Example. Received: other bytes in {where}."
        ) from None


def _user(record, schema, where):
    """Name to array, as the record holds them; what is absent stays absent."""
    features = example_features(record, where)
    user = {
        name: _values(name, features[name], column.dtype, where)
        for name, column in schema.columns.items()
        if name in features
    }
    return user | _absent_columns(user, schema)


def _values(name, feature, dtype, where):
    kind = feature.WhichOneof("kind")
    if kind not in (None, _KINDS[dtype]):
        raise ValueError(
            f"{name} must be a {_KINDS[dtype]}. Received: a {kind} in {where}."
        )
    values = getattr(feature, _KINDS[dtype]).value
    return np.array(list(values), _DTYPES[dtype])


def _absent_columns(user, schema):
    """Columns that may be absent, because they would hold no value anyway."""
    filled = {schema.columns[name].axis for name, values in user.items() if len(values)}
    return {
        name: np.array([], _DTYPES[column.dtype])
        for name, column in schema.columns.items()
        if name not in user and column.axis not in filled | {USER}
    }
