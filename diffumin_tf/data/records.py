"""Users on disk: a directory with `schema.json` and TFRecord shards.

A record is a `tf.train.Example` with the schema's columns of one user. The shards,
`users-00000-of-00008.tfrecord` (or `.tfrecord.gz`), hold the users in order.
"""

import itertools

import numpy as np
import tensorflow as tf

from diffumin_tf.data.new_directory import new_directory
from diffumin_tf.data.record_search import check_records
from diffumin_tf.data.schema import FILE_NAME, Schema
from diffumin_tf.data.shard_files import (
    check_sharding,
    compression_of,
    find_shards,
    shard_name,
)
from diffumin_tf.data.shuffled_windows import shuffled_windows
from diffumin_tf.data.stop_unless import stop_unless
from diffumin_tf.data.user_check import check_user
from diffumin_tf.data.user_validity import UserValidity

_FILES_AT_ONCE = 16
_SHARED_FILES_AT_ONCE = 2  # What a process has taken is lost when it dies.


def write_users(directory, users, schema, num_shards, compression=None):
    """Writes users in the order given; all of them, or nothing.

    Args:
        directory: New or empty directory.
        users: Iterable of users, each name to 1-D array as in the schema.
        schema: `Schema`; `num_users` must be the number of users.
        num_shards: Number of files.
        compression: `None` or `"GZIP"`.
    """
    check_sharding(num_shards, compression)
    with new_directory(directory) as draft:
        _write_shards(draft, iter(users), schema, num_shards, compression)
        with tf.io.gfile.GFile(f"{draft}/{FILE_NAME}", "w") as file:
            file.write(schema.to_json())


def _write_shards(directory, users, schema, num_shards, compression):
    ends = [schema.num_users * (s + 1) // num_shards for s in range(num_shards)]
    written = 0
    for shard, end in enumerate(ends):
        path = f"{directory}/{shard_name(shard, num_shards, compression)}"
        some = itertools.islice(users, end - written)
        written += write_shard(path, some, schema, compression, first=written)
    if written < schema.num_users or next(users, None) is not None:
        raise ValueError(
            f"users must be as many as the schema's num_users, {schema.num_users}. "
            f"Received: {'fewer' if written < schema.num_users else 'more'}."
        )


def write_shard(path, users, schema, compression=None, first=0):
    """Writes users to one file.

    Args:
        path: The file.
        users: Iterable of users, as in `write_users`.
        schema: `Schema`.
        compression: `None` or `"GZIP"`.
        first: Number of the first user, for the errors.

    Returns:
        How many there were.
    """
    number = first
    with tf.io.TFRecordWriter(path, compression) as writer:
        for number, user in enumerate(users, start=first + 1):
            check_user(user, schema, f"user number {number - 1}")
            # Otherwise the order of the columns differs between processes.
            record = _example(user, schema).SerializeToString(deterministic=True)
            writer.write(record)
    return number - first


def _example(user, schema):
    columns = schema.columns.items()
    feature = {name: _feature(user[name], column.dtype) for name, column in columns}
    return tf.train.Example(features=tf.train.Features(feature=feature))


def _feature(values, dtype):
    values = np.asarray(values).tolist()
    if dtype == "int64":
        return tf.train.Feature(int64_list=tf.train.Int64List(value=values))
    if dtype == "float32":
        return tf.train.Feature(float_list=tf.train.FloatList(value=values))
    values = [v.encode() if isinstance(v, str) else v for v in values]
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))


class UserRecords:
    """Users that `write_users` wrote.

    Args:
        directory: Where they stand.
        shuffle_window: Users shuffled together, in memory, when there is a seed.
    """

    def __init__(self, directory, shuffle_window=1024):
        if shuffle_window < 1:
            raise ValueError(
                f"shuffle_window must be at least 1. Received: {shuffle_window}."
            )
        self.directory = str(directory).rstrip("/")
        self.shuffle_window = shuffle_window
        self.schema = read_schema(self.directory)
        self._validity = UserValidity(self.schema)
        self._paths = find_shards(self.directory)

    def users(self, seed=None, epoch=0):
        """Returns a `tf.data.Dataset` of users, each name to 1-D tensor.

        Args:
            seed: None for the stored order; otherwise files, and users within a
                window, are shuffled in an order that depends on (seed, epoch)
                alone.
            epoch: Number of the pass over the users.
        """
        if seed is None:
            paths = tf.data.Dataset.from_tensor_slices(self._paths)
            records = paths.flat_map(self._read)
        else:
            records = self._shuffled(seed, epoch, _FILES_AT_ONCE)
        # A shard cut between two records, or emptied, has no damaged one.
        whole = tf.data.experimental.assert_cardinality(self.schema.num_users)
        records = records.apply(whole)
        return records.map(self._parse, tf.data.AUTOTUNE, deterministic=True)

    def shared_users(self, seed, epoch=0):
        """Returns the users for processes that take the files from one pool.

        Together they have what `users` returns. None of them can tell whether all
        users are there. Each takes files until it has a window of users to shuffle.

        Args:
            seed: As `users` takes it, but not None.
            epoch: Number of the pass over the users.
        """
        records = self._shuffled(seed, epoch, _SHARED_FILES_AT_ONCE)
        return records.map(self._parse, tf.data.AUTOTUNE, deterministic=True)

    def shard(self, number):
        """Returns a `tf.data.Dataset` of the users of one file, in order.

        Args:
            number: Number of the file, from 0.
        """
        records = self._read(self._paths[number])
        return records.map(self._parse, tf.data.AUTOTUNE, deterministic=True)

    def check(self):
        """Reads everything, slowly, and raises at the first bad record.

        Raises:
            ValueError: Naming file, record, column and value.
            OSError: If a file cannot be read.
        """
        check_records(self._paths, self.schema)

    def _shuffled(self, seed, epoch, files_at_once):
        order = np.random.default_rng([seed, epoch]).permutation(len(self._paths))
        paths = tf.data.Dataset.from_tensor_slices(np.array(self._paths)[order])
        records = paths.interleave(self._read, cycle_length=files_at_once)
        windows = records.batch(self.shuffle_window)
        return shuffled_windows(windows, [seed, epoch]).unbatch()

    def _read(self, path):
        compression = compression_of(self._paths[0])
        records = tf.data.TFRecordDataset(path, compression).enumerate()
        return records.map(lambda number, record: (path, number, record))

    def _parse(self, path, number, record):
        features = {
            name: tf.io.FixedLenSequenceFeature([], column.dtype, allow_missing=True)
            for name, column in self.schema.columns.items()
        }
        user = tf.io.parse_single_example(record, features)
        message = "a user must be as the schema says. Received:"
        stop_unless(self._validity.holds(user), message, path, number)
        return user


def read_schema(directory):
    """The `Schema` of a directory in the native format.

    Raises:
        ValueError: If there is none, or it is damaged.
    """
    path = f"{directory}/{FILE_NAME}"
    if not tf.io.gfile.exists(path):
        raise ValueError(f"directory must hold {FILE_NAME}. Received: {directory}.")
    with tf.io.gfile.GFile(path, "rb") as file:
        return Schema.from_json(file.read(), path)
