"""The items of a log: numbered, with what describes them."""

from diffumin_tf.data.logs.log_files import LogFiles
from diffumin_tf.data.logs.sql import count_rows, identifier, literal, parquet
from diffumin_tf.data.logs.typed_rows import no_id, typed_id


def read_item_table(connection, files, table, path):
    """Copies an item table, as text, to one Parquet file; `key` is its key.

    Args:
        connection: DuckDB's.
        files: `LogFiles` of the table.
        table: `ItemTable`.
        path: The Parquet file.

    Returns:
        Number of items, `{"rows": n}`.

    Raises:
        ValueError: If an item stands there twice.
    """
    files.check_archives()
    query = f"SELECT {files.texts(item_table_roles(table))} FROM {files.relation()}"
    connection.execute(f"COPY ({query}) TO {literal(path)} (FORMAT parquet)")
    described = parquet(path)
    twice = connection.execute(
        f"SELECT key FROM {described} GROUP BY key HAVING count(*) > 1 "
        "ORDER BY key LIMIT 1"
    ).fetchone()
    if twice:
        raise ValueError(
            "item_table must describe an item once. "
            f"Received: {twice[0]!r} twice in column {table.key!r} of {table.path}."
        )
    return {"rows": count_rows(connection, described)}


def item_table_roles(table):
    """Internal name to column of an `ItemTable`."""
    return {"key": table.key, **{f"item/{name}": name for name in table.fields}}


def open_item_table(table, delimiter, how_to_get):
    """`LogFiles` of an item table, whose columns are there."""
    files = LogFiles(table.path, delimiter, how_to_get)
    roles = item_table_roles(table)
    files.check_columns({f"item_table's {name}": roles[name] for name in roles})
    return files


def number_items(connection, rows, kinds, plan, table_kinds, table_path, path):
    """Writes each item with its number, `code`, and its fields, in order of id.

    A field that the log tells differently at different times has its first value:
    a later one was not known yet when the item was first shown.

    Args:
        connection: DuckDB's.
        rows: SQL text of `typed_rows`.
        kinds: Kinds of the log's ids.
        plan: `Plan`.
        table_kinds: Kinds of the ids of the item table, `{}` where there is none.
        table_path: What `read_item_table` wrote.
        path: The Parquet file to write.

    Returns:
        `{"items": n, "undescribed": n, "changing": {field: items}}`; `undescribed`
        are not in the item table.
    """
    fields = [name for name in kinds if name.startswith("item/")]
    order = '"order"' if plan.columns.order is not None else "0"
    firsts = [f"{_first(n, kinds[n], order)} AS {identifier(n)}" for n in fields]
    flags = [f"{_changes(n, kinds[n])} AS {_flag(n)}" for n in fields]
    columns = ", ".join(["item", *firsts, *flags])
    query = f"SELECT {columns}, 0 AS undescribed FROM ({rows}) GROUP BY item"
    if table_kinds:
        query = _joined(query, table_kinds, table_path)
    connection.execute(
        "COPY (SELECT row_number() OVER (ORDER BY item) - 1 AS code, * "
        f"FROM ({query}) ORDER BY code) TO {literal(path)} (FORMAT parquet)"
    )
    counts = [f"count_if({_flag(name)})" for name in fields]
    items, undescribed, *changed = connection.execute(
        f"SELECT {', '.join(['count(*)', 'sum(undescribed)::BIGINT', *counts])} "
        f"FROM {parquet(path)}"
    ).fetchone()
    changing = dict(zip(fields, changed, strict=True))
    return {"items": items, "undescribed": undescribed, "changing": changing}


def _joined(query, kinds, path):
    extra = [f"{typed_id(n, kinds[n])} AS {identifier(n)}" for n in kinds]
    return (
        "SELECT log.* REPLACE ((key IS NULL)::INTEGER AS undescribed), "
        f"{', '.join(extra)} FROM ({query}) log LEFT JOIN "
        f"{parquet(path)} ON CAST(item AS VARCHAR) = key"
    )


def _first(name, kind, order):
    value, none = identifier(name), no_id(kind)
    entry = f"struct_pack(t := time, o := {order}, v := {value})"
    return f"COALESCE((min({entry}) FILTER ({value} <> {none})).v, {none})"


def _changes(name, kind):
    value = f"nullif({identifier(name)}, {no_id(kind)})"
    return f"COALESCE(min({value}) <> max({value}), false)"


def _flag(name):
    return identifier(f"changes {name}")
