"""DuckDB: a connection that stays within its memory, quoting, errors of ours."""

import re
import shutil
from contextlib import contextmanager
from pathlib import Path

import duckdb

_LINE = re.compile(r"CSV Error on Line: (\d+)\s*(?:Original Line:([^\n]*))?")
_REASON = re.compile(r"^(Expected Number|Value with|Invalid unicode)[^\n.]*", re.M)
_DISK = re.compile(r'(Could|Cannot|Failed)[^"]*')
_FILE = re.compile(r"^\s*file = (.*)$", re.M)


def identifier(name):
    """A column's name as SQL text."""
    return '"' + name.replace('"', '""') + '"'


def literal(value):
    """A string, or a list of strings, as SQL text."""
    if isinstance(value, list | tuple):
        return "[" + ", ".join(literal(entry) for entry in value) + "]"
    return "'" + str(value).replace("'", "''") + "'"


def parquet(path):
    """The rows of a Parquet file, or of those of a pattern, as SQL text."""
    return f"read_parquet({literal(path)})"


def count_rows(connection, relation):
    """How many rows a relation, such as `parquet(path)` or `(SELECT ...)`, has."""
    return connection.execute(f"SELECT count(*) FROM {relation}").fetchone()[0]


@contextmanager
def connect(spill, memory_limit, threads):
    """A connection that spills what does not fit in memory to a directory.

    Args:
        spill: The directory; what is in it is removed.
        memory_limit: Such as `"1GB"`.
        threads: Number of threads.
    """
    # A killed process leaves its files there.
    shutil.rmtree(spill, ignore_errors=True)
    Path(spill).mkdir(parents=True)
    with told():
        connection = duckdb.connect()
        try:
            connection.execute(f"SET memory_limit = {literal(memory_limit)}")
            connection.execute(f"SET temp_directory = {literal(spill)}")
            connection.execute(f"SET threads = {int(threads)}")
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("SET enable_progress_bar = false")
            yield connection
        finally:
            connection.close()


@contextmanager
def told():
    """Turns DuckDB's errors into `OSError` (disk, memory) or `ValueError` (data)."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise OSError(
            "memory_limit and the disk must be enough for the sort. Received: "
            f"{_first_line(error)}"
        ) from error
    except duckdb.IOException as error:
        reason = _DISK.search(str(error).replace('\\"', ""))
        raise OSError(
            "files must be readable and the disk must have room. Received: "
            f"{reason.group() if reason else _first_line(error)}"
        ) from error
    except duckdb.Error as error:
        raise ValueError(_short(error)) from error


def _short(error):
    line, file, reason = (p.search(str(error)) for p in (_LINE, _FILE, _REASON))
    if not line or not reason:
        return f"the log must be readable. Received: {_first_line(error)}"
    row = (line.group(2) or "").strip()[:80]
    return (
        "each row must have the columns of the first line, closed quotes and UTF-8 "
        f"text. Received: {reason.group()} in line {line.group(1)}"
        f"{f' of {file.group(1)}' if file else ''}: {row!r}."
    )


def _first_line(error):
    return str(error).strip().splitlines()[0]
