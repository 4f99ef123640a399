"""Which table an id goes to: a vocabulary where it is small, hashed where not."""

import json

from diffumin_tf.data.logs.splits import TEST
from diffumin_tf.data.logs.sql import count_rows, identifier, parquet
from diffumin_tf.data.logs.typed_rows import no_id
from diffumin_tf.features import Table


def find_tables(connection, rows, items_path, kinds, plan, path, known_tables):
    """Finds the table of each column of ids and writes them as JSON.

    A vocabulary holds the ids met before the test: those of the test alone take the
    unknown row, as they would in service. A hashed table has the next power of two
    of all distinct ids.

    Args:
        connection: DuckDB's.
        rows: SQL text of the rows with their `part`.
        items_path: What `number_items` wrote.
        kinds: Internal name to kind, for each column of ids.
        plan: `Plan`.
        path: File to write, `[{"name", "kind", "size", "vocabulary"}, ...]`.
        known_tables: Internal name to `Table` to keep instead of finding one.

    Returns:
        `{"tables": {name: {"kind", "size", "ids", "known"}}}`: the distinct ids, and
        those met before the test, or those that a table to keep holds.
    """
    items = parquet(items_path)
    columns = {entry[0] for entry in connection.sql(f"{rows} LIMIT 0").description}
    tables, report = [], {}
    for name, kind in kinds.items():
        source = rows
        if name not in columns:  # It is told by the item.
            source = f"SELECT * FROM ({rows}) JOIN {items} USING (code)"
        source = (
            f"SELECT {identifier(name)} AS id, part FROM ({source}) "
            f"WHERE {identifier(name)} <> {no_id(kind)}"
        )
        if name in known_tables:
            table, counts = _kept(connection, name, source, known_tables[name])
        else:
            table, counts = _table(connection, name, source, plan.max_vocabulary)
        tables.append(table)
        report[name] = counts
    with open(path, "w", encoding="utf-8") as file:
        json.dump(tables, file)
    return {"tables": report}


def read_tables(path, names):
    """Internal name to `Table` of what `find_tables` wrote.

    Args:
        path: The file.
        names: Internal name to the table's name.
    """
    with open(path, encoding="utf-8") as file:
        entries = json.load(file)
    return {e["name"]: Table(**{**e, "name": names[e["name"]]}) for e in entries}


def _table(connection, name, source, max_vocabulary):
    distinct = f"SELECT DISTINCT id FROM ({source})"
    before_test = f"{distinct} WHERE part < {TEST}"
    ids = count_rows(connection, f"({distinct})")
    known = count_rows(connection, f"({before_test})")
    words = []
    if 0 < known <= max_vocabulary:
        kind, size = "vocabulary", known
        query = f"{before_test} ORDER BY id"
        words = [word for (word,) in connection.execute(query).fetchall()]
    else:
        kind, size = "hashed", 1 << max(ids - 1, 0).bit_length()
    table = {"name": name, "kind": kind, "size": size, "vocabulary": words}
    return table, {"kind": kind, "size": size, "ids": ids, "known": known}


def _kept(connection, name, source, table):
    distinct = f"SELECT DISTINCT id FROM ({source})"
    ids = known = count_rows(connection, f"({distinct})")
    if table.kind == "vocabulary":
        query = f"SELECT count(*) FROM ({distinct}) WHERE id IN (SELECT unnest(?))"
        (known,) = connection.execute(query, [list(table.vocabulary)]).fetchone()
    kept = {"kind": table.kind, "size": table.size}
    counts = {**kept, "ids": ids, "known": known, "kept": True}
    return {"name": name, **kept, "vocabulary": list(table.vocabulary)}, counts
