"""The items active in each window of time, for drawing among them."""

import numpy as np

from diffumin_tf.data.logs.npy_stream import NpyStream
from diffumin_tf.data.logs.sql import literal, parquet

_PAIRS_AT_ONCE = 1_000_000


class WindowPools:
    """Draws items from windows of time.

    Attributes:
        codes: int32 `[P]`, the items of one window after the other.
        ends: int64 `[P]`, running sum of their weights over all windows.
        windows: int64 `[W]`, the windows that have items, rising.
        bounds: int64 `[W + 1]`, running sum of weights where each window begins.
    """

    def __init__(self, directory):
        names = ("codes", "ends", "windows", "bounds")
        self.codes, self.ends, self.windows, self.bounds = (
            np.load(directory / f"{name}.npy", mmap_mode="r") for name in names
        )

    def draw(self, windows, hashes):
        """Draws an item of each window.

        Args:
            windows: int64 array `[n]`, windows that have items.
            hashes: uint64 array `[n]`, evenly spread.

        Returns:
            int32 array `[n]`, numbers of items.
        """
        place = np.searchsorted(self.windows, windows)
        first = self.bounds[place]
        total = (self.bounds[place + 1] - first).astype(np.uint64)
        chosen = first + (hashes % total).astype(np.int64)
        return self.codes[np.searchsorted(self.ends, chosen, side="right")]


def write_pools(connection, rows, sampling, directory):
    """Writes what `WindowPools` reads.

    Args:
        connection: DuckDB's.
        rows: SQL text of the rows, with `time` and `code`.
        sampling: `NegativeSampling`.
        directory: Empty directory.

    Returns:
        `{"windows": n, "pairs": n}`, pairs of a window and an item.
    """
    pairs_path = directory / "pairs.parquet"
    weight = "1" if sampling.weighting == "items" else "count(*)"
    connection.execute(
        f"COPY (SELECT time // {sampling.window_seconds} AS w, code, "
        f"{weight} AS weight FROM ({rows}) GROUP BY w, code ORDER BY w, code) "
        f"TO {literal(pairs_path)} (FORMAT parquet)"
    )
    pairs = parquet(pairs_path)
    found = connection.execute(
        f"SELECT w, count(*) AS n, sum(weight)::BIGINT AS total FROM {pairs} "
        "GROUP BY w ORDER BY w"
    ).fetchnumpy()
    bounds = np.concatenate([[0], np.cumsum(found["total"])]).astype(np.int64)
    np.save(directory / "windows.npy", found["w"].astype(np.int64))
    np.save(directory / "bounds.npy", bounds)
    num_pairs = int(found["n"].sum())
    _write_pairs(connection, pairs, found["w"], found["n"], num_pairs, directory)
    pairs_path.unlink()
    return {"windows": len(found["w"]), "pairs": num_pairs}


def _write_pairs(connection, pairs, windows, counts, num_pairs, directory):
    # Windows together until they hold enough; a window of its own may hold more.
    groups, total = np.cumsum(counts) // _PAIRS_AT_ONCE, 0
    codes = NpyStream(directory / "codes.npy", np.int32, num_pairs)
    ends = NpyStream(directory / "ends.npy", np.int64, num_pairs)
    with codes, ends:
        for group in np.unique(groups):
            some = windows[groups == group]
            part = connection.execute(
                f"SELECT code, weight FROM {pairs} WHERE w BETWEEN {some[0]} AND "
                f"{some[-1]} ORDER BY w, code"
            ).fetchnumpy()
            sums = total + np.cumsum(part["weight"], dtype=np.int64)
            codes.append(part["code"])
            ends.append(sums)
            total = sums[-1]
