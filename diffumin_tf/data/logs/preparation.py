"""The stages of a preparation, one after the other."""

import dataclasses

from diffumin_tf.data.logs.cleaning import find_bad_rows, find_kinds, read_log
from diffumin_tf.data.logs.item_arrays import open_item_arrays, write_item_arrays
from diffumin_tf.data.logs.items import item_table_roles, number_items, read_item_table
from diffumin_tf.data.logs.record_columns import RecordColumns
from diffumin_tf.data.logs.report import check_splits, make_report
from diffumin_tf.data.logs.schema_and_report import write_schema_and_report
from diffumin_tf.data.logs.shards import ShardWriter
from diffumin_tf.data.logs.sorting import sort_rows
from diffumin_tf.data.logs.splits import TEST, TRAIN, find_cuts, with_part
from diffumin_tf.data.logs.typed_rows import is_text, typed_rows
from diffumin_tf.data.logs.vocabularies import find_tables, read_tables
from diffumin_tf.data.logs.window_pools import WindowPools, write_pools
from diffumin_tf.data.resumable import FINISHED, OUTPUT
from diffumin_tf.data.schema import Schema


class Preparation:
    """Turns the files of a log into records in a work directory.

    Args:
        plan: `Plan`.
        files: `LogFiles` of the log.
        table_files: `LogFiles` of the item table, or None.
        known: `KnownTables` to keep, or None.
        work: `WorkDirectory`.
        connection: DuckDB's.
    """

    def __init__(self, plan, files, table_files, known, work, connection):
        self._plan = plan
        self._files = files
        self._table_files = table_files
        self._known = known
        self._work = work
        self._connection = connection
        self._log = work.path / "log.parquet"
        self._table = work.path / "item_table.parquet"
        self._items = work.path / "items.parquet"
        self._names = plan.columns.tables()
        if plan.item_table is not None:
            self._names |= {f"item/{name}": name for name in plan.item_table.fields}

    def run(self):
        """Makes the directory `OUTPUT` in the work directory; returns the report."""
        read, kinds, table_kinds = self._read()
        stages = {"read": read, **self._sort(kinds, table_kinds)}
        kinds |= table_kinds
        splits = self._once("cuts", self._find_cuts)["splits"]
        stages["tables"] = self._once(
            "tables", lambda: self._find_tables(splits, kinds)
        )
        columns = self._record_columns(kinds)
        features = columns.features()
        if self._known is not None:
            self._known.check(features)
        schema = Schema(
            features=features,
            splits=splits,
            num_users=0,
            extra=("weight",) if self._plan.columns.weight is not None else (),
            split_by_user=self._plan.split == "user",
        )
        shards = self._write_shards(schema, columns, splits, stages["sort"]["buckets"])
        report = make_report(stages, shards, self._names, kinds, splits)
        check_splits(report["splits"], report["rows_kept"])
        schema = dataclasses.replace(schema, num_users=report["users"])
        self._once(
            FINISHED,
            lambda: write_schema_and_report(self._work.path / OUTPUT, schema, report),
        )
        return report

    def _once(self, stage, function):
        return self._work.once_told("prepare_data", stage, function)

    def _read(self):
        """Text of log and item table; what was read, and the kinds of their ids."""
        connection, plan = self._connection, self._plan
        roles = plan.columns.roles()
        read = self._once(
            "read", lambda: read_log(connection, self._files, roles, self._log)
        )
        ids = plan.columns.tables()
        kinds = self._kinds("kinds", self._log, ids)
        if self._table_files is None:
            return read, kinds, {}
        table = plan.item_table
        self._once(
            "item_table",
            lambda: read_item_table(connection, self._table_files, table, self._table),
        )
        ids = [name for name in item_table_roles(table) if name != "key"]
        return read, kinds, self._kinds("item_table_kinds", self._table, ids)

    def _kinds(self, stage, path, ids):
        kinds = self._once(stage, lambda: find_kinds(self._connection, path, ids))
        if self._known is None:
            return kinds
        return {n: self._known.kind(self._names[n], k) for n, k in kinds.items()}

    def _sort(self, kinds, table_kinds):
        """Good rows, sorted; the results of the stages that this takes."""
        connection, plan = self._connection, self._plan
        rows = typed_rows(self._log, plan, kinds)
        bad_rows = self._once(
            "bad_rows", lambda: find_bad_rows(connection, self._log, plan, kinds)
        )
        items = self._once(
            "items",
            lambda: number_items(
                connection, rows, kinds, plan, table_kinds, self._table, self._items
            ),
        )
        sort = self._once(
            "sort",
            lambda: sort_rows(
                connection, rows, self._items, plan, self._work.empty("rows")
            ),
        )
        return {"bad_rows": bad_rows, "items": items, "sort": sort}

    def _sorted_rows(self, bucket="*"):
        return self._work.path / "rows" / f"{bucket}.parquet"

    def _find_cuts(self):
        return find_cuts(self._connection, self._sorted_rows(), self._plan)

    def _find_tables(self, splits, kinds):
        rows = with_part(self._sorted_rows(), self._plan, splits)
        path = self._work.path / "vocabularies.json"
        known = {}
        if self._known is not None:
            known = {name: self._known.table(self._names[name]) for name in kinds}
        return find_tables(
            self._connection, rows, self._items, kinds, self._plan, path, known
        )

    def _record_columns(self, kinds):
        tables = read_tables(self._work.path / "vocabularies.json", self._names)
        dtypes = {n: "string" if is_text(k) else "int64" for n, k in kinds.items()}
        of_items = {n: k for n, k in kinds.items() if n.partition("/")[0] == "item"}
        files = self._once(
            "item_arrays",
            lambda: write_item_arrays(
                self._connection,
                self._items,
                of_items,
                self._work.empty("items"),
            ),
        )["files"]
        items = open_item_arrays(self._work.path / "items", files)
        return RecordColumns(self._plan, tables, dtypes, items)

    def _pools(self, splits):
        """Where to draw from; training never draws what is active in the test alone."""
        if self._plan.negatives is None:
            return None
        rows, pools = with_part(self._sorted_rows(), self._plan, splits), {}
        limits = {TRAIN: f"part < {TEST}", TEST: "true"}
        for number, limit in limits.items():
            self._once(
                f"pools-{number}",
                lambda name=f"pool-{number}", some=f"FROM ({rows}) WHERE {limit}": (
                    write_pools(
                        self._connection,
                        some,
                        self._plan.negatives,
                        self._work.empty(name),
                    )
                ),
            )
            pools[number] = WindowPools(self._work.path / f"pool-{number}")
        return pools

    def _write_shards(self, schema, columns, splits, num_buckets):
        writer = ShardWriter(
            self._connection,
            self._plan,
            schema,
            columns,
            lambda file: with_part(file, self._plan, splits),
            self._pools(splits),
            self._work.path,
        )
        directory = self._work.path / OUTPUT
        directory.mkdir(exist_ok=True)
        per_shard = num_buckets // self._plan.num_shards
        shards = []
        for shard in range(self._plan.num_shards):
            buckets = range(shard * per_shard, (shard + 1) * per_shard)
            files = [self._sorted_rows(b) for b in buckets]
            files = [file for file in files if file.exists()]
            shards.append(
                self._once(
                    f"shard-{shard:05d}",
                    lambda s=shard, f=files: writer.write(s, f, directory),
                )
            )
        writer.check_user_keys(self._plan.num_shards)
        return shards
