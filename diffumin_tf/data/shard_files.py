"""The files that users stand in, by name."""

import re

import tensorflow as tf

SUFFIXES = {None: "", "GZIP": ".gz"}
_SHARD = re.compile(r"users-(\d{5})-of-(\d{5})\.tfrecord(\.gz)?")


def shard_name(shard, num_shards, compression=None):
    """The name of a shard, of which the first is number 0.

    Args:
        shard: Its number.
        num_shards: How many there are.
        compression: `None` or `"GZIP"`.
    """
    return f"users-{shard:05d}-of-{num_shards:05d}.tfrecord{SUFFIXES[compression]}"


def check_sharding(num_shards, compression):
    """Raises a `ValueError` if shards cannot be written like that.

    Args:
        num_shards: How many there are to be.
        compression: `None` or `"GZIP"`.
    """
    if num_shards < 1:
        raise ValueError(f"num_shards must be at least 1. Received: {num_shards}.")
    if compression not in SUFFIXES:
        raise ValueError(
            f"compression must be one of {list(SUFFIXES)}. Received: {compression!r}."
        )


def compression_of(path):
    """How a shard is compressed, `None` or `"GZIP"`; its name tells."""
    return "GZIP" if path.endswith(".gz") else None


def find_shards(directory):
    """The paths of all shards of a directory, in order.

    Raises:
        ValueError: If there are none, if one is missing, or if they are of several
            writings.
    """
    names = sorted(filter(_SHARD.fullmatch, tf.io.gfile.listdir(directory)))
    totals = {_SHARD.fullmatch(name).group(2, 3) for name in names}
    if len(totals) != 1:
        raise ValueError(
            "directory must hold the shards of one writing, users-XXXXX-of-XXXXX."
            f"tfrecord. Received: {directory} with {names}."
        )
    total, compression = int(totals.pop()[0]), compression_of(names[0])
    expected = [shard_name(shard, total, compression) for shard in range(total)]
    if missing := sorted(set(expected) - set(names)):
        raise ValueError(
            f"directory must hold {total} shards. Received: {directory} "
            f"without {missing}."
        )
    return [f"{directory}/{name}" for name in expected]
