"""Tables of scores on disk, as CSV or Parquet."""

from pathlib import Path

import duckdb
import numpy as np

from diffumin_tf.atomic_file import atomic_file, check_output

_FORMATS = {".csv": "FORMAT csv, HEADER", ".parquet": "FORMAT parquet"}


def check_score_file(path):
    """Says what is wrong with the name of a file before anything is computed.

    Raises:
        ValueError: if it is neither CSV nor Parquet.
        NotADirectoryError: if its directory does not exist.
    """
    path = Path(path)
    if path.suffix not in _FORMATS:
        raise ValueError(f"output must end in one of {[*_FORMATS]}. Received: {path}.")
    check_output(path)


def write_score_file(path, columns):
    """Writes a table at once, or not at all; a file of that name is replaced.

    Args:
        path: A name that ends in `.csv` or `.parquet`.
        columns: Name to array `[N]`: integers, floats or bytes in UTF-8.

    Raises:
        OSError: if the file cannot be written.
    """
    check_score_file(path)
    path = Path(path)
    table = {name: _readable(values) for name, values in columns.items()}
    try:
        with atomic_file(path) as draft, duckdb.connect() as connection:
            connection.register("scores", table)
            quoted = str(draft).replace("'", "''")
            connection.execute(
                f"COPY (SELECT * FROM scores) TO '{quoted}' ({_FORMATS[path.suffix]})"
            )
    except duckdb.Error as error:
        raise OSError(f"{path} cannot be written: {error}") from error


def _readable(values):
    if values.dtype.kind != "O":
        return values
    texts = [value.decode(errors="replace") for value in values]
    return np.array(texts, object)
