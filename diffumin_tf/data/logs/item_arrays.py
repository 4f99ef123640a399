"""The ids of items by their number, on disk."""

import numpy as np

from diffumin_tf.data.logs.npy_stream import NpyStream
from diffumin_tf.data.logs.sql import identifier, parquet
from diffumin_tf.data.logs.typed_rows import is_text

_ITEMS_AT_ONCE = 1_000_000


def write_item_arrays(connection, items_path, kinds, directory):
    """Writes one `.npy` file a column: the id of item number 0, 1, ...

    Args:
        connection: DuckDB's.
        items_path: What `number_items` wrote.
        kinds: Internal name to kind, of the columns wanted.
        directory: Empty directory. The files are `0.npy`, `1.npy`, ...

    Returns:
        `{"files": {name: file}}`.
    """
    files = {}
    for number, (name, kind) in enumerate(kinds.items()):
        files[name] = f"{number}.npy"
        path = directory / files[name]
        _write(connection, items_path, identifier(name), is_text(kind), path)
    return {"files": files}


def open_item_arrays(directory, files):
    """Name to array `[N]`, int64 or bytes, mapped and not read."""
    return {n: np.load(directory / f, mmap_mode="r") for n, f in files.items()}


def _write(connection, items_path, column, text, path):
    items = parquet(items_path)
    # Of one width, so that an item's id is found by its number alone.
    widest = f"max(octet_length(CAST({column} AS BLOB)))" if text else "8"
    count, width = connection.execute(
        f"SELECT count(*), {widest} FROM {items}"
    ).fetchone()
    dtype = f"S{max(width, 1)}" if text else "int64"
    with NpyStream(path, dtype, count) as file:
        for first in range(0, count, _ITEMS_AT_ONCE):
            span = f"code >= {first} AND code < {first + _ITEMS_AT_ONCE}"
            query = f"SELECT {column} AS id FROM {items} WHERE {span} ORDER BY code"
            ids = connection.execute(query).fetchnumpy()["id"]
            file.append([word.encode() for word in ids] if text else ids)
