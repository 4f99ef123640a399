"""Which ids are known: those met often enough before the test."""

import json

from diffumin_tf.data.alibaba import days
from diffumin_tf.data.alibaba.columns import LOOKED_UP, PROFILE, TEXTS
from diffumin_tf.data.logs.sql import parquet

_OF_BEHAVIOURS = ("cate", "brand")


def find_tables(connection, impressions, behaviours, profiles, min_count, path):
    """Finds the table of each column of ids and writes them as JSON.

    An id counts once for every impression of training that has it; categories and
    brands also for every behaviour before the test.

    Args:
        connection: DuckDB's.
        impressions: Pattern of the sorted impressions.
        behaviours: Pattern of the sorted behaviours.
        profiles: Parquet file of the profiles.
        min_count: How often an id must be met; rarer ones are unknown.
        path: File to write, as `logs.vocabularies.read_tables` reads it.

    Returns:
        `{"tables": {name: {"kind", "size", "ids", "known"}}}`: the distinct ids, of
        the test too, and those that the table holds.
    """
    connection.execute(
        'CREATE OR REPLACE TEMP TABLE shown AS SELECT "user", '
        f"count_if(time < {days.TEST}) AS n FROM {parquet(impressions)} GROUP BY 1"
    )
    tables, report = [], {}
    for name in LOOKED_UP:
        none = "''" if name in TEXTS else "0"
        counts = _counts(name, impressions, behaviours, profiles)
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE found AS SELECT id, sum(n) AS n "
            f"FROM ({counts}) WHERE id <> {none} GROUP BY id"
        )
        words = connection.execute(
            f"SELECT id FROM found WHERE n >= {min_count} ORDER BY id"
        ).fetchall()
        (ids,) = connection.execute("SELECT count(*) FROM found").fetchone()
        tables.append(_table(name, [word for (word,) in words]))
        kept = {key: tables[-1][key] for key in ("kind", "size")}
        report[name] = {**kept, "ids": ids, "known": len(words)}
    connection.execute("DROP TABLE found")
    connection.execute("DROP TABLE shown")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(tables, file)
    return {"tables": report}


def _table(name, words):
    # A vocabulary of nothing is no table: one row, which nothing trains.
    kind = "vocabulary" if words else "hashed"
    return {"name": name, "kind": kind, "size": max(len(words), 1), "vocabulary": words}


def _counts(name, impressions, behaviours, profiles):
    """SQL text of ids and how often each was met, in several rows."""
    if name == "user":
        return 'SELECT "user" AS id, n FROM shown'
    if name in PROFILE:
        joined = f'{parquet(profiles)} JOIN shown USING ("user")'
        return f"SELECT {name} AS id, sum(n) AS n FROM {joined} GROUP BY 1"
    sources = [impressions]
    if name in _OF_BEHAVIOURS:
        sources.append(behaviours)
    return " UNION ALL ".join(
        f"SELECT {name} AS id, count_if(time < {days.TEST}) AS n "
        f"FROM {parquet(source)} GROUP BY 1"
        for source in sources
    )
