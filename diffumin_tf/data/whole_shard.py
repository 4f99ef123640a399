"""A shard that has its name only when it is whole."""

import os

import tensorflow as tf

from diffumin_tf.data.records import write_shard


def write_whole_shard(path, users, schema):
    """Writes users to one file, under another name until all are written.

    Args:
        path: The file, a `Path`.
        users: Iterable of users, as `write_users` takes them.
        schema: `Schema`.

    Returns:
        How many there were.

    Raises:
        OSError: If the file cannot be written.
    """
    temporary = path.with_name(f"{path.name}.tmp")
    try:
        count = write_shard(str(temporary), users, schema)
    except tf.errors.OpError as error:
        raise OSError(f"{path} cannot be written: {error.message}") from error
    os.replace(temporary, path)
    return count
