"""DuckDB's errors in our words, and names and texts in its."""

import duckdb
import pytest

from diffumin_tf.data.logs.sql import (
    connect,
    count_rows,
    identifier,
    literal,
    parquet,
    told,
)


def test_quoted_names_and_texts_come_back(tmp_path):
    name, text = 'a "b" c', "it's"
    with connect(tmp_path / "spill", "500MB", 1) as connection:
        query = f"SELECT {literal([text, 'x'])} AS {identifier(name)}"
        result = connection.execute(query)
        assert result.description[0][0] == name
        assert result.fetchone() == ([text, "x"],)


def test_rows_of_one_file_and_of_a_pattern(tmp_path):
    with connect(tmp_path / "spill", "500MB", 1) as connection:
        for rows in (3, 4):
            path = literal(tmp_path / f"it's {rows}.parquet")
            connection.execute(f"COPY (FROM range({rows})) TO {path} (FORMAT parquet)")
        assert count_rows(connection, parquet(tmp_path / "it's 3.parquet")) == 3
        assert count_rows(connection, parquet(tmp_path / "*.parquet")) == 7
        assert count_rows(connection, "(SELECT 1 WHERE false)") == 0


def test_what_a_killed_process_spilled_is_removed(tmp_path):
    (tmp_path / "spill").mkdir()
    (tmp_path / "spill" / "old.tmp").touch()
    with connect(tmp_path / "spill", "500MB", 1):
        assert not list((tmp_path / "spill").glob("old*"))


def test_error_full_disk_names_the_file(tmp_path):
    # As DuckDB tells it.
    message = (
        'IO Error: Async write failed for range [offset=0, size=3]: {"exception_type":'
        '"IO","exception_message":"Could not write file \\"/work/log.parquet\\": No '
        'space left on device","errno":"28"}'
    )
    expected = "room. Received: Could not write file /work/log.parquet: No space left"
    with pytest.raises(OSError, match=expected), told():
        raise duckdb.IOException(message)


def test_error_the_memory_is_not_enough(tmp_path):
    query = "SELECT count(*) FROM (SELECT DISTINCT range AS r FROM range(10000000))"
    with pytest.raises(OSError, match="memory_limit and the disk must be enough"):
        with connect(tmp_path / "spill", "10MB", 1) as connection:
            connection.execute("SET max_temp_directory_size = '1MB'")
            connection.execute(query).fetchall()
