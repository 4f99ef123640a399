"""From the text of a raw file to values, some users a bucket; bad rows aside."""

import shutil

from diffumin_tf.data.logs.cleaning import broken_rule
from diffumin_tf.data.logs.sql import count_rows, identifier, literal, parquet

_BAD = -1
# Else a file would be cut into many small pieces where there are many buckets.
_ROWS_AT_ONCE, _OPEN_FILES = 2_000_000, 1_000


def read_file(connection, file, directory, num_buckets, max_bad_share, described=""):
    """Writes the values of a raw file to buckets, in one pass.

    Args:
        connection: DuckDB's.
        file: `RawFile`.
        directory: Empty directory; see `bucket_rows`.
        num_buckets: Number of buckets.
        max_bad_share: Share of bad rows to leave out.
        described: SQL text of a join that adds columns.

    Returns:
        `{"rows": n, "bad": {reason: rows}}`.

    Raises:
        ValueError: If more rows are bad, with the first of them; or if there are none.
    """
    file.files.check_archives()
    table = file.table
    values = ", ".join(f"{sql} AS {identifier(n)}" for n, sql in table.values.items())
    rows = f"SELECT {file.texts} FROM {file.relation}"
    typed = f"SELECT {values}, {broken_rule(table.rules)} AS rule FROM ({rows})"
    key = identifier(table.key)
    bucket = f"CASE WHEN rule IS NULL THEN {key} % {num_buckets} ELSE {_BAD} END"
    _write_buckets(
        connection,
        f"SELECT *, ({bucket})::INTEGER AS bucket FROM ({typed}) {described}",
        directory,
    )
    if not any(directory.iterdir()):
        raise ValueError(f"a raw file must have rows. Received: none in {file.path}.")
    total = count_rows(connection, parquet(directory / "*" / "*.parquet"))
    return {
        "rows": total,
        "bad": _bad_rows(connection, file, directory, total, max_bad_share),
    }


def bucket_rows(directory, bucket):
    """SQL text of the rows of a bucket that `read_file` wrote."""
    return f"(SELECT * EXCLUDE (rule, bucket) {_from_bucket(directory, bucket)})"


def read_described(connection, file, directory, max_bad_share, path):
    """Writes the values of a file that describes each of its keys once.

    Args:
        connection, file, max_bad_share: As `read_file` takes them.
        directory: Empty directory, which is removed.
        path: The Parquet file to write, sorted by key.

    Returns:
        `{"rows": n, "bad": {reason: rows}, "duplicates": n}`.

    Raises:
        ValueError: As `read_file`, and if a key is described in two ways.
    """
    result = read_file(connection, file, directory, 1, max_bad_share)
    rows, key = bucket_rows(directory, 0), file.table.key
    connection.execute(
        f"COPY (SELECT DISTINCT * FROM {rows} ORDER BY ALL) TO {literal(path)} "
        "(FORMAT parquet)"
    )
    twice = connection.execute(
        f'SELECT "{key}" FROM {parquet(path)} GROUP BY 1 HAVING count(*) > 1 '
        "ORDER BY 1 LIMIT 1"
    ).fetchone()
    if twice:
        raise ValueError(
            f"{file.table.name} must describe each {key} once. "
            f"Received: {key} {twice[0]} in two ways in {file.path}."
        )
    shutil.rmtree(directory)
    kept = count_rows(connection, parquet(path))
    return {**result, "duplicates": result["rows"] - sum(result["bad"].values()) - kept}


def _from_bucket(directory, bucket):
    # No more than the bucket's own folder is read, and nothing where there is none.
    files = literal(directory / "*" / "*.parquet")
    kind = "hive_partitioning = true, hive_types = {'bucket': INTEGER}"
    return f"FROM read_parquet({files}, {kind}) WHERE bucket = {bucket}"


def _write_buckets(connection, query, directory):
    # The rows of a bucket are sorted later: here their order is of no use.
    connection.execute("SET preserve_insertion_order = false")
    connection.execute(f"SET partitioned_write_max_open_files = {_OPEN_FILES}")
    connection.execute(f"SET partitioned_write_flush_threshold = {_ROWS_AT_ONCE}")
    connection.execute(
        f"COPY ({query}) TO {literal(directory)} "
        "(FORMAT parquet, PARTITION_BY (bucket), OVERWRITE_OR_IGNORE)"
    )
    connection.execute("SET preserve_insertion_order = true")


def _bad_rows(connection, file, directory, total, max_bad_share):
    """Counts the bad rows of a file by reason."""
    counts = connection.execute(
        f"SELECT rule, count(*) {_from_bucket(directory, _BAD)} GROUP BY 1 ORDER BY 1"
    ).fetchall()
    rules, bad = file.table.rules, sum(count for _, count in counts)
    if bad > max_bad_share * total:
        raise ValueError(
            f"{_first_bad(connection, file)} ({bad} of {total} rows are bad; "
            f"max_bad_share is {max_bad_share:g}.)"
        )
    return {f"{rules[rule].name} {rules[rule].text}": n for rule, n in counts}


def _first_bad(connection, file):
    """Rule, value, line and file of the first bad row."""
    rules = file.table.rules
    columns = ", ".join(identifier(name) for name in file.columns)
    rows = f"SELECT {file.texts}, row_number() OVER () AS place FROM {file.relation}"
    number, place, *texts = connection.execute(
        f"SELECT {broken_rule(rules)} AS rule, place, {columns} FROM ({rows}) "
        "WHERE rule IS NOT NULL ORDER BY place LIMIT 1"
    ).fetchone()
    rule = rules[number]
    value = dict(zip(file.columns, texts, strict=True))[rule.name] or ""
    # The first line holds the names.
    where = f"line {place + 1} of {file.path}"
    return f"{rule.name} {rule.text}. Received: {value!r} in {where}."
