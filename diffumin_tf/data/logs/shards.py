"""Last stage but one: records of users, one shard after the other."""

import os

import numpy as np
import tensorflow as tf

from diffumin_tf.data.logs.impressions import make_impressions
from diffumin_tf.data.logs.splits import NAMES
from diffumin_tf.data.logs.user_rows import UserRows
from diffumin_tf.data.records import write_shard
from diffumin_tf.data.shard_files import shard_name

LABELS = ("negative", "positive")
_NO_KEYS = np.zeros(0, np.int64)


class ShardWriter:
    """Writes the records of a log.

    Args:
        connection: DuckDB's.
        plan: `Plan`.
        schema: `Schema` of the records.
        columns: `RecordColumns`.
        rows: Function from a file of sorted rows to the SQL text that adds `part`.
        pools: `part` to `WindowPools`, or None.
        keys_directory: Where to keep the keys of the users.
    """

    def __init__(self, connection, plan, schema, columns, rows, pools, keys_directory):
        self._connection = connection
        self._plan = plan
        self._schema = schema
        self._columns = columns
        self._rows = rows
        self._pools = pools
        self._keys_directory = keys_directory

    def write(self, shard, files, directory):
        """Writes one shard under its name, whole.

        Args:
            shard: Its number.
            files: Its files of sorted rows.
            directory: Where to write.

        Returns:
            Counts of what it holds, for the report.
        """
        counts = _new_counts()
        path = directory / shard_name(shard, self._plan.num_shards)
        temporary = path.with_name(f"{path.name}.tmp")
        keys = []
        users = (user for file in files for user in self._users(file, counts, keys))
        try:
            counts["users"] = write_shard(str(temporary), users, self._schema)
        except tf.errors.OpError as error:
            raise OSError(f"{path} cannot be written: {error.message}") from error
        np.save(self._keys_path(shard), np.concatenate([_NO_KEYS, *keys]))
        os.replace(temporary, path)
        return counts

    def check_user_keys(self, num_shards):
        """Raises where two users of the shards have one key."""
        paths = map(self._keys_path, range(num_shards))
        keys = np.sort(np.concatenate([np.load(path) for path in paths]))
        if len(same := keys[1:][keys[1:] == keys[:-1]]):
            raise ValueError(
                "two users must not share a key, the FarmHash fingerprint of their "
                f"ids. Received: {same[0]} for two users; rename one of them."
            )

    def _keys_path(self, shard):
        return self._keys_directory / f"keys-{shard:05d}.npy"

    def _users(self, file, counts, keys):
        query = f"SELECT * FROM ({self._rows(file)})"
        arrays = self._connection.execute(query).fetchnumpy()
        if not len(arrays["user"]):
            return
        rows = UserRows(arrays, self._plan.history == "all")
        keys.append(rows.user_keys)
        shown = make_impressions(rows, self._plan, self._pools)
        _count(rows, shown, counts)
        values = self._columns.of(rows, shown)
        owners = np.arange(len(rows.starts) + 1)
        bounds = {
            "user": owners,
            "history": np.searchsorted(rows.owner[rows.behaves], owners),
            "impression": np.searchsorted(rows.owner[shown.rows], owners),
        }
        for user in np.flatnonzero(np.diff(bounds["impression"])):
            yield {
                name: values[name][slice(*bounds[column.axis][user : user + 2])]
                for name, column in self._schema.columns.items()
            }


def _new_counts():
    kinds = [f"{split} {what}" for split in NAMES.values() for what in LABELS]
    return {
        "users_dropped": 0,
        "behaviours": 0,
        "negatives_not_found": 0,
        "impressions": dict.fromkeys(kinds, 0),
        "history_lengths": {},
    }


def _count(rows, shown, counts):
    """Adds what some users have to the counts of a shard."""
    shown_to = len(np.unique(rows.owner[shown.rows]))
    counts["users_dropped"] += len(rows.starts) - shown_to
    counts["behaviours"] += int(np.sum(rows.behaves))
    counts["negatives_not_found"] += shown.not_found
    part = rows.arrays["part"][shown.rows]
    for number, split in NAMES.items():
        for label, what in enumerate(LABELS):
            some = int(np.sum((part == number) & (shown.labels == label)))
            counts["impressions"][f"{split} {what}"] += some
    lengths, times = np.unique(rows.history_length[shown.rows], return_counts=True)
    for length, some in zip(lengths.tolist(), times.tolist(), strict=True):
        known = counts["history_lengths"]
        known[str(length)] = known.get(str(length), 0) + some
