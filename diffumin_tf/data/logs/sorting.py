"""Rows of a log sorted by user and time, some users a file."""

import math
import shutil

from diffumin_tf.data.logs.splits import NAMES, TEST, TRAIN
from diffumin_tf.data.logs.sql import count_rows, identifier, literal, parquet

_ROWS_PER_BUCKET = 400_000


def sort_rows(connection, rows, items_path, plan, directory):
    """Writes the rows of some users a file, sorted by user, time, order and item.

    Args:
        connection: DuckDB's.
        rows: SQL text of `typed_rows`.
        items_path: What `number_items` wrote.
        plan: `Plan`.
        directory: Empty directory. A file is `<bucket>.parquet`; a user is in the
            bucket that a hash of the id says. There are as many buckets a shard.

    Returns:
        `{"buckets": n, "rows": n, "duplicates": n}`.
    """
    total = count_rows(connection, f"({rows})")
    per_shard = max(1, math.ceil(total / _ROWS_PER_BUCKET / plan.num_shards))
    num_buckets, parts = per_shard * plan.num_shards, directory / "parts"
    bucket = f'(md5_number_lower(CAST("user" AS VARCHAR)) % {num_buckets})::INTEGER'
    connection.execute(
        f"COPY (SELECT log.* EXCLUDE (item), code, {bucket} AS bucket FROM ({rows}) "
        f"log JOIN {parquet(items_path)} items USING (item)) "
        f"TO {literal(parts)} (FORMAT parquet, PARTITION_BY (bucket))"
    )
    kept = 0
    for number in range(num_buckets):
        part = parts / f"bucket={number}"
        if part.is_dir():
            kept += _sort_bucket(connection, part, plan, directory, number)
            shutil.rmtree(part)
    shutil.rmtree(parts)
    return {"buckets": num_buckets, "rows": kept, "duplicates": total - kept}


def _sort_bucket(connection, part, plan, directory, number):
    source = f"read_parquet({literal(part / '*.parquet')}, hive_partitioning = false)"
    names = [entry[0] for entry in connection.sql(f"FROM {source} LIMIT 0").description]
    first = ['"user"', "time", *(['"order"'] if "order" in names else []), "code"]
    # All columns, so that the order of the rows depends on nothing but the rows.
    order = ", ".join([*first, *(identifier(n) for n in names)])
    distinct = "DISTINCT" if plan.drop_duplicates else ""
    query = f"SELECT {distinct} * FROM {source}"
    if plan.split == "user":
        query = _with_parts(query, order, plan)
    path = directory / f"{number}.parquet"
    connection.execute(
        f"COPY (SELECT * FROM ({query}) ORDER BY {order}) TO {literal(path)} "
        "(FORMAT parquet)"
    )
    return count_rows(connection, parquet(path))


def _with_parts(query, order, plan):
    """Adds `part`, as `with_part` tells it, of each user's rows.

    The cut lies after the second of the last row before it.
    """
    window = '(PARTITION BY "user")'
    after = ", ".join(
        f"COALESCE(max(time) FILTER (place <= n - {plan.last_rows('n', split)}) "
        f"OVER {window}, -1) AS after_{split}"
        for split in NAMES.values()
    )
    places = (
        f'row_number() OVER (PARTITION BY "user" ORDER BY {order}) AS place, '
        f"count(*) OVER {window} AS n"
    )
    return (
        "SELECT * EXCLUDE (place, n, after_train, after_test), (CASE "
        f"WHEN time > after_test THEN {TEST} WHEN time > after_train THEN {TRAIN} "
        "ELSE 0 END)::TINYINT AS part "
        f"FROM (SELECT *, {after} FROM (SELECT *, {places} FROM ({query})))"
    )
