"""The stages of a preparation, one after the other."""

import dataclasses
import math
import os

from diffumin_tf.data.alibaba import days
from diffumin_tf.data.alibaba.columns import LOOKED_UP, features
from diffumin_tf.data.alibaba.reading import read_described, read_file
from diffumin_tf.data.alibaba.report import make_report
from diffumin_tf.data.alibaba.shards import ShardWriter
from diffumin_tf.data.alibaba.sorting import sort_behaviours, sort_impressions
from diffumin_tf.data.alibaba.vocabularies import find_tables
from diffumin_tf.data.logs.report import check_splits
from diffumin_tf.data.logs.schema_and_report import write_schema_and_report
from diffumin_tf.data.logs.sql import parquet
from diffumin_tf.data.logs.vocabularies import read_tables
from diffumin_tf.data.resumable import FINISHED, OUTPUT
from diffumin_tf.data.schema import Schema

# Some two million behaviours.
_BYTES_PER_BUCKET = 64_000_000
_GZIP = 5


class Preparation:
    """Turns the raw files into records in a work directory.

    Args:
        plan: `Plan`.
        files: Name to `RawFile`.
        work: `WorkDirectory`.
        connection: DuckDB's.
    """

    def __init__(self, plan, files, work, connection):
        self._plan = plan
        self._files = files
        self._work = work
        self._connection = connection
        self._ads = work.path / "ads.parquet"
        self._profiles = work.path / "profiles.parquet"
        self._num_buckets = _num_buckets(files["behavior_log"], plan.num_shards)

    def run(self):
        """Makes the directory `OUTPUT` in the work directory."""
        read = self._read()
        counts = self._sort()
        tables = self._once("tables", self._find_tables)
        schema = Schema(features(self._tables()), days.SPLITS, num_users=0)
        shards = self._write_shards(schema)
        report = make_report(read, counts, tables, shards)
        check_splits(report["splits"], report["impressions_kept"])
        schema = dataclasses.replace(schema, num_users=report["users"])
        self._once(
            FINISHED,
            lambda: write_schema_and_report(self._work.path / OUTPUT, schema, report),
        )

    def _once(self, stage, function):
        return self._work.once_told("prepare_alibaba", stage, function)

    def _read(self):
        """Name of each raw file to what was read of it."""
        read = {}
        for name, path in (("ad_feature", self._ads), ("user_profile", self._profiles)):
            read[name] = self._once(
                name, lambda n=name, p=path: self._read_described(n, p)
            )
        ads = f"LEFT JOIN {parquet(self._ads)} USING (adgroup)"
        for name, described in (("raw_sample", ads), ("behavior_log", "")):
            read[name] = self._once(
                name, lambda n=name, d=described: self._read_buckets(n, d)
            )
        return read

    def _read_described(self, name, path):
        directory, share = self._work.empty(name), self._plan.max_bad_share
        return read_described(
            self._connection, self._files[name], directory, share, path
        )

    def _read_buckets(self, name, described):
        return read_file(
            self._connection,
            self._files[name],
            self._work.empty(name),
            self._num_buckets,
            self._plan.max_bad_share,
            described,
        )

    def _sort(self):
        """Counts of each bucket."""
        for name in ("impressions", "behaviours"):
            (self._work.path / name).mkdir(exist_ok=True)
        return [
            self._once(
                f"sort {bucket + 1} of {self._num_buckets}",
                lambda b=bucket: self._sort_bucket(b),
            )
            for bucket in range(self._num_buckets)
        ]

    def _sort_bucket(self, bucket):
        impressions = self._sorted("impressions", bucket)
        shown = sort_impressions(
            self._connection,
            self._work.path / "raw_sample",
            bucket,
            self._profiles,
            self._plan.described_only,
            impressions,
        )
        done = sort_behaviours(
            self._connection,
            self._work.path / "behavior_log",
            bucket,
            impressions,
            self._sorted("behaviours", bucket),
        )
        return {**done, **shown}

    def _sorted(self, name, bucket="*"):
        return self._work.path / name / f"{bucket}.parquet"

    def _find_tables(self):
        return find_tables(
            self._connection,
            self._sorted("impressions"),
            self._sorted("behaviours"),
            self._profiles,
            self._plan.min_count,
            self._work.path / "vocabularies.json",
        )

    def _tables(self):
        names = {name: name for name in LOOKED_UP}
        return read_tables(self._work.path / "vocabularies.json", names)

    def _write_shards(self, schema):
        writer = ShardWriter(self._connection, self._plan, schema, self._profiles)
        directory = self._work.path / OUTPUT
        directory.mkdir(exist_ok=True)
        num_shards = self._plan.num_shards
        per_shard = self._num_buckets // num_shards
        shards = []
        for shard in range(num_shards):
            buckets = range(shard * per_shard, (shard + 1) * per_shard)
            files = [
                (self._sorted("impressions", b), self._sorted("behaviours", b))
                for b in buckets
            ]
            shards.append(
                self._once(
                    f"shard {shard + 1} of {num_shards}",
                    lambda s=shard, f=files: writer.write(s, f, directory),
                )
            )
        return shards


def _num_buckets(file, num_shards):
    """As many a shard that the behaviours of a bucket fit in memory."""
    size = os.path.getsize(file.path) * (_GZIP if file.path.endswith(".gz") else 1)
    return num_shards * max(1, math.ceil(size / _BYTES_PER_BUCKET / num_shards))
