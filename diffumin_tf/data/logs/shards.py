"""Last stage but one: records of users, one shard after the other."""

import numpy as np

from diffumin_tf.data.logs.impression_counts import add_impressions, no_impressions
from diffumin_tf.data.logs.impressions import make_impressions
from diffumin_tf.data.logs.user_rows import UserRows
from diffumin_tf.data.shard_files import shard_name
from diffumin_tf.data.user_slices import user_slices
from diffumin_tf.data.whole_shard import write_whole_shard

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
        keys = []
        users = (user for file in files for user in self._users(file, counts, keys))
        counts["users"] = write_whole_shard(path, users, self._schema)
        np.save(self._keys_path(shard), np.concatenate([_NO_KEYS, *keys]))
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
        owners = np.arange(len(rows.starts) + 1)
        bounds = {
            "user": owners,
            "history": np.searchsorted(rows.owner[rows.behaves], owners),
            "impression": np.searchsorted(rows.owner[shown.rows], owners),
        }
        yield from user_slices(self._columns.of(rows, shown), bounds, self._schema)


def _new_counts():
    counts = {"users_dropped": 0, "behaviours": 0, "negatives_not_found": 0}
    return {**counts, **no_impressions()}


def _count(rows, shown, counts):
    """Adds what some users have to the counts of a shard."""
    shown_to = len(np.unique(rows.owner[shown.rows]))
    counts["users_dropped"] += len(rows.starts) - shown_to
    counts["behaviours"] += int(np.sum(rows.behaves))
    counts["negatives_not_found"] += shown.not_found
    part, lengths = rows.arrays["part"], rows.history_length
    add_impressions(counts, part[shown.rows], shown.labels, lengths[shown.rows])
