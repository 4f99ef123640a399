"""DuckDB against Polars on what a preparation asks of its engine.

    pip install polars && python benchmarks/engines.py behavior_log.csv

The same work by both, each time in a process of its own, in turns: a log in Tianchi
56's layout is spread over buckets of users, each of which is sorted, every row once.
Prints seconds, seconds of the processor and peak memory, and DuckDB's as shares of
Polars'. Ends with an error where the two find different rows.
"""

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.processes import run_json  # noqa: E402
from benchmarks.spread import Spread  # noqa: E402

_COLUMNS = ("user", "time_stamp", "btag", "cate", "brand")


def duckdb_rows(log, folder, buckets, memory_limit):
    """Writes `folder/sorted/*.parquet` by DuckDB; returns how many rows."""
    import duckdb  # each child loads its own engine alone

    connection = duckdb.connect()
    connection.execute(f"SET memory_limit='{memory_limit}'; SET threads=2")
    connection.execute(f"SET temp_directory='{folder}/spill'")
    connection.execute("SET preserve_insertion_order=false")
    connection.execute(
        f"COPY (SELECT *, \"user\" % {buckets} AS bucket FROM read_csv('{log}')) "
        f"TO '{folder}/spread' (FORMAT parquet, PARTITION_BY (bucket))"
    )
    connection.execute("SET preserve_insertion_order=true")
    order = ", ".join(f'"{name}"' for name in _COLUMNS)
    rows = 0
    for bucket in range(buckets):
        source = f"'{folder}/spread/bucket={bucket}/*.parquet'"
        path = f"'{folder}/sorted/{bucket}.parquet'"
        connection.execute(
            f"COPY (SELECT DISTINCT {order} FROM "
            f"read_parquet({source}, hive_partitioning=false) ORDER BY {order}) "
            f"TO {path} (FORMAT parquet)"
        )
        count = connection.execute(f"SELECT count(*) FROM {path}")
        rows += count.fetchone()[0]
    return rows


def polars_rows(log, folder, buckets, memory_limit):
    """Writes `folder/sorted/*.parquet` by Polars; returns how many rows.

    It has no bound of its own on memory.
    """
    os.environ["POLARS_MAX_THREADS"] = "2"
    import polars

    bucket = (polars.col("user") % buckets).alias("bucket")
    spread = polars.PartitionBy(f"{folder}/spread", key="bucket", include_key=False)
    log = polars.scan_csv(log).with_columns(bucket)
    log.sink_parquet(spread, mkdir=True)
    rows = 0
    for bucket in range(buckets):
        source = f"{folder}/spread/bucket={bucket}/*.parquet"
        scan = polars.scan_parquet(source, hive_partitioning=False)
        once = scan.select(_COLUMNS).unique().sort(_COLUMNS)
        found = once.collect(engine="streaming")
        found.write_parquet(f"{folder}/sorted/{bucket}.parquet")
        rows += found.height
    return rows


_ENGINES = {"DuckDB": duckdb_rows, "Polars": polars_rows}


def measure(engine, options):
    """Runs this file; returns what it prints as a dict."""
    command = [sys.executable, __file__, options.log, f"--engine={engine}"]
    command.append(f"--memory_limit={options.memory_limit}")
    command.append(f"--buckets={options.buckets}")
    return run_json(command)


def run(engine, options):
    """Does the work in this process; returns rows and what it took, by name."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "sorted").mkdir()
        start = time.monotonic()
        rows = _ENGINES[engine](
            options.log, folder, options.buckets, options.memory_limit
        )
        seconds = time.monotonic() - start
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "rows": rows,
        "seconds": seconds,
        "processor": usage.ru_utime + usage.ru_stime,
        "peak MiB": usage.ru_maxrss / 1024,  # Linux counts in KiB.
    }


def main():
    """Compares the engines, or is one of the compared."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("log", help="behavior_log.csv")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--buckets", type=int, default=64)
    parser.add_argument("--memory_limit", default="1GB", help="DuckDB's.")
    parser.add_argument("--engine", choices=_ENGINES, help="This one alone, as JSON.")
    options = parser.parse_args()
    if options.engine:
        print(json.dumps(run(options.engine, options)))
        return
    found = {engine: [] for engine in _ENGINES}
    for turn in range(options.rounds):
        for engine in list(found)[:: 1 if turn % 2 else -1]:
            found[engine].append(measure(engine, options))
    print_comparison(found)


def print_comparison(found):
    """Prints each engine's figures and the ratios of the first to the second."""
    rows = {one["rows"] for runs in found.values() for one in runs}
    if len(rows) > 1:
        sys.exit(f"error: the engines find different rows: {sorted(rows)}")
    print(f"rows {rows.pop():,}")
    for what in ("seconds", "processor", "peak MiB"):
        samples = [[one[what] for one in runs] for runs in found.values()]
        for engine, values in zip(found, samples, strict=True):
            median, low, high, _ = Spread.of(values)
            print(f"{what:10} {engine} {median:8.1f} ({low:.1f} to {high:.1f})")
        median, low, high, n = Spread.of_ratios(*samples)
        print(f"{what:10} ratio  {median:8.2f} ({low:.2f} to {high:.2f}), n = {n}")


if __name__ == "__main__":
    main()
