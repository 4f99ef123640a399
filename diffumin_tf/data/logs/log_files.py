"""The files of a log and their columns."""

import csv
import glob
import gzip
import os
import zlib
from difflib import get_close_matches
from functools import cached_property

import duckdb

from diffumin_tf.data.logs.sql import identifier, literal, parquet, told

_BYTES_AT_ONCE = 1 << 20
FILE, PLACE = "diffumin_tf file", "diffumin_tf place"


class LogFiles:
    """CSV files with a line of names (perhaps `.gz`), or Parquet files.

    Args:
        pattern: A path, or a pattern such as `"logs/*.parquet"`.
        delimiter: What stands between the columns of a CSV file.
        how_to_get: Said where there is no such file.

    Raises:
        FileNotFoundError: If no file is there.
        ValueError: If a file is empty or of another kind, or if two have different
            columns.
    """

    def __init__(self, pattern, delimiter=",", how_to_get=""):
        self.delimiter = delimiter
        self.paths = sorted(glob.glob(pattern)) or [pattern]
        for path in self.paths:
            if f"{path}.gz" in self.paths:
                raise ValueError(
                    f"input must name each file once. Received: {path} and {path}.gz."
                )
            if not os.path.isfile(path):
                raise FileNotFoundError(
                    f"input must be files. Received: {path}, which is no file. "
                    f"{how_to_get}".strip()
                )
        self._is_parquet = _is_parquet(self.paths)
        for path in self.paths[1:]:
            if (found := self._names(path)) != self.names:
                raise ValueError(
                    f"files must have the same columns, {self.names} as in "
                    f"{self.paths[0]}. Received: {found} in {path}."
                )

    @cached_property
    def names(self):
        """The names of the columns."""
        return self._names(self.paths[0])

    def _names(self, path):
        read = self._parquet_names if self._is_parquet else self._csv_names
        names = read(path)
        if len(set(names)) != len(names) or "" in names:
            raise ValueError(
                "columns must have names, each once. "
                f"Received: {names} in the first line of {path}."
            )
        return names

    def _csv_names(self, path):
        opened = gzip.open if path.endswith(".gz") else open
        try:
            with opened(path, "rb") as file:
                line = file.readline().decode("utf-8-sig")
        except (EOFError, gzip.BadGzipFile, zlib.error, UnicodeDecodeError) as error:
            raise ValueError(
                f"a CSV file must be whole and in UTF-8. Received: {error} in {path}."
            ) from None
        names = next(csv.reader([line], delimiter=self.delimiter), None)
        if not names:
            raise ValueError(
                "a CSV file must open with a line of names. "
                f"Received: an empty file, {path}."
            )
        return names

    def _parquet_names(self, path):
        query = f"SELECT * FROM {parquet(path)} LIMIT 0"
        with told(), duckdb.connect() as connection:
            return [entry[0] for entry in connection.execute(query).description]

    def check_columns(self, wanted):
        """Raises where a column is not there.

        Args:
            wanted: What each column is for, to its name.
        """
        for what, name in wanted.items():
            if name not in self.names:
                close = get_close_matches(name, self.names, 1)
                hint = f" Did you mean {close[0]!r}?" if close else ""
                raise ValueError(
                    f"{what} must be one of the columns {self.names}. "
                    f"Received: {name!r} for {self.paths[0]}.{hint}"
                )

    def check_archives(self):
        """Raises where a `.gz` file is cut short or damaged.

        DuckDB before 2.0 takes what there is of it for the whole, and none looks at
        the checksum.
        """
        for path in self.paths:
            if not path.endswith(".gz"):
                continue
            try:
                with gzip.open(path) as file:
                    while file.read(_BYTES_AT_ONCE):
                        pass
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                raise ValueError(
                    f"an archive must be whole. Received: {error} in {path}."
                ) from None

    def relation(self):
        """SQL text of all rows, each with its `FILE`."""
        paths = literal(self.paths)
        if self._is_parquet:
            return f"read_parquet({paths}, filename = {literal(FILE)})"
        columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in self.names)
        # Nothing is guessed: a guess may change with the rows it is made from.
        return (
            f"read_csv({paths}, auto_detect = false, header = true, "
            f"delim = {literal(self.delimiter)}, quote = '\"', escape = '\"', "
            f"columns = {{{columns}}}, filename = {literal(FILE)})"
        )

    def texts(self, wanted):
        """SQL text of columns as text, by their new names.

        Args:
            wanted: New name to column.
        """
        return ", ".join(
            f"CAST({identifier(column)} AS VARCHAR) AS {identifier(name)}"
            for name, column in wanted.items()
        )


def _is_parquet(paths):
    kinds = {path.endswith((".parquet", ".pq")) for path in paths}
    if len(kinds) > 1:
        raise ValueError(f"files must be of one kind. Received: {paths}.")
    return kinds.pop()
