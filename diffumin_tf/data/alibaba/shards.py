"""Last stage but one: records of users, one shard after the other."""

import numpy as np

from diffumin_tf.data.alibaba import days
from diffumin_tf.data.alibaba.bucket_users import BucketUsers
from diffumin_tf.data.alibaba.columns import PROFILE
from diffumin_tf.data.logs.impression_counts import add_impressions, no_impressions
from diffumin_tf.data.logs.splits import TEST, TRAIN
from diffumin_tf.data.logs.sql import parquet
from diffumin_tf.data.shard_files import shard_name
from diffumin_tf.data.user_slices import user_slices
from diffumin_tf.data.whole_shard import write_whole_shard


class ShardWriter:
    """Writes the records of sorted buckets.

    Args:
        connection: DuckDB's.
        plan: `Plan`.
        schema: `Schema` of the records.
        profiles: Parquet file of the profiles.
    """

    def __init__(self, connection, plan, schema, profiles):
        self._connection = connection
        self._plan = plan
        self._schema = schema
        self._profiles = parquet(profiles)

    def write(self, shard, buckets, directory):
        """Writes one shard under its name, whole.

        Args:
            shard: Its number.
            buckets: Files of sorted impressions and of sorted behaviours, in pairs.
            directory: Where to write.

        Returns:
            Counts of what it holds, for the report.
        """
        counts = {"behaviours": 0, "unseen": 0, **no_impressions()}
        path = directory / shard_name(shard, self._plan.num_shards)
        users = (user for pair in buckets for user in self._users(*pair, counts))
        counts["users"] = write_whole_shard(path, users, self._schema)
        return {**counts, "bytes": path.stat().st_size}

    def _users(self, impressions, behaviours, counts):
        rows = parquet(impressions)
        profile = ", ".join(f"COALESCE({name}, '') AS {name}" for name in PROFILE)
        users = self._arrays(
            f'SELECT "user", {profile} FROM (SELECT DISTINCT "user" FROM {rows}) '
            f'LEFT JOIN {self._profiles} USING ("user") ORDER BY "user"'
        )
        stored = self._arrays(f"FROM {parquet(behaviours)}")
        bucket = BucketUsers(
            users, self._arrays(f"FROM {rows}"), stored, self._plan.sequence_length
        )
        self._count(bucket.columns, len(stored["user"]), counts)
        yield from user_slices(bucket.columns, bucket.bounds, self._schema)

    def _arrays(self, query):
        return self._connection.execute(query).fetchnumpy()

    @staticmethod
    def _count(columns, num_stored, counts):
        kept = len(columns["history_time"])
        counts["behaviours"] += kept
        counts["unseen"] += num_stored - kept
        part = np.where(columns["impression_time"] < days.TEST, TRAIN, TEST)
        add_impressions(counts, part, columns["label"], columns["history_length"])
