"""From users in the native format to examples of one impression each."""

import numpy as np
import tensorflow_datasets as tfds

from diffumin_tf.data.readable_errors import readable_errors
from diffumin_tf.data.records import UserRecords
from diffumin_tf.data.schema import HISTORY, SPLIT, USER
from diffumin_tf.data.split_part import SplitPart

_LENGTH = "history_length"


def example_features(columns):
    """The features of an example, named as the columns of a user.

    Args:
        columns: Name to `Column`, such as `Schema.columns`.

    Returns:
        `tfds.features.FeaturesDict`: of behaviours a value each, of all else
        one value. There is no `split`: an example is in one.
    """
    return tfds.features.FeaturesDict(
        {name: _feature(column) for name, column in columns.items() if name != SPLIT}
    )


def _feature(column):
    dtype = np.dtype(np.str_ if column.dtype == "string" else column.dtype)
    # Not `Sequence`, which encodes value by value and takes ten times as long.
    shape = (None,) if column.axis == HISTORY else ()
    return tfds.features.Tensor(shape=shape, dtype=dtype)


def split_examples(directory, split, sequence_length, shard=None):
    """Yields the impressions of a split, each with a key that no other has.

    Args:
        directory: Users in the native format.
        split: Name of a split of their schema.
        sequence_length: Most behaviours of an example: the latest that it sees, the
            most recent first.
        shard: Number of the one file to read; None for all of them.

    Raises:
        ValueError: If a record is wrong; it says which.
        OSError: If a file cannot be read.
    """
    records = UserRecords(directory)
    schema = records.schema
    part = SplitPart.of(schema, split, schema.split(split))
    users = records.users() if shard is None else records.shard(shard)
    shown = users.map(lambda user: (user, part.bounds(user)))
    with readable_errors(records):
        for number, (user, bounds) in enumerate(shown.as_numpy_iterator()):
            for place in range(*bounds):
                key = f"{shard}-{number}-{place}"
                yield key, _example(user, place, schema.columns, sequence_length)


def _example(user, place, columns, sequence_length):
    end = int(user[_LENGTH][place])
    first = max(0, end - sequence_length)
    example = {}
    for name, column in columns.items():
        if column.axis == HISTORY:
            example[name] = user[name][first:end][::-1]
        elif name != SPLIT:
            example[name] = user[name][0 if column.axis == USER else place]
    return {**example, _LENGTH: end - first}
