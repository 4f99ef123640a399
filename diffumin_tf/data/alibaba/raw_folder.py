"""The files of the raw folder, as they come, and their columns."""

import glob
import os
from dataclasses import dataclass

from diffumin_tf.data.alibaba.raw_tables import TABLES, RawTable
from diffumin_tf.data.logs.log_files import LogFiles

# The files differ from their documentation, and from one another.
_ALSO = {"user": "userid", "nonclk": "noclk"}


@dataclass(frozen=True)
class RawFile:
    """One raw file whose columns are there.

    Attributes:
        table: `RawTable`.
        files: `LogFiles` of the one file.
        columns: Name as in the table to name as in the file.
    """

    table: RawTable
    files: LogFiles
    columns: dict[str, str]

    @property
    def path(self):
        """Where it is."""
        return self.files.paths[0]

    @property
    def texts(self):
        """SQL text of the columns as text, by the table's names."""
        return self.files.texts(self.columns)

    @property
    def relation(self):
        """SQL text of all rows."""
        return self.files.relation()


def open_raw_folder(raw_dir, how_to_get=""):
    """Finds the files `raw_sample.csv` and so on, each perhaps `.csv.gz`.

    Args:
        raw_dir: The folder.
        how_to_get: Said where a file is not there.

    Returns:
        Name of the table to `RawFile`.

    Raises:
        FileNotFoundError: If one is not there.
        ValueError: If one is there twice, empty, or lacks a column.
    """
    return {table.name: _open(table, raw_dir, how_to_get) for table in TABLES}


def _open(table, raw_dir, how_to_get):
    plain = os.path.join(raw_dir, f"{table.name}.csv")
    paths = [path for path in (plain, f"{plain}.gz") if os.path.isfile(path)]
    if len(paths) > 1:
        raise ValueError(f"a raw file must be there once. Received: {paths}.")
    pattern = glob.escape(paths[0]) if paths else plain
    files = LogFiles(pattern, how_to_get=how_to_get)
    # One column's name ends in a space.
    found = {name.strip(): name for name in files.names}
    columns = {}
    for name in table.columns:
        other = _ALSO.get(name, name)
        columns[name] = found.get(name) or found.get(other) or name
    files.check_columns({f"{name} of {table.name}": c for name, c in columns.items()})
    return RawFile(table, files, columns)
