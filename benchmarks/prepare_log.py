"""How long and how much memory it takes to prepare a log of 20 million rows.

    python benchmarks/prepare_log.py --rows=20000000

Makes a log in which users and items are as uneven as in real ones, runs
`bin/prepare_data` on it in a process of its own and prints minutes, of the clock
and of the processor, the most memory it held at once, and what it read and wrote.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[1]
_YEAR = 365 * 86_400


def main():
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--users", type=int, default=200_000)
    parser.add_argument("--items", type=int, default=500_000)
    parser.add_argument("--format", choices=("csv", "parquet"), default="csv")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / f"log.{arguments.format}"
        _make_log(log, arguments)
        output = Path(folder) / "users"
        seconds, usage = _prepare(log, output)
        written = sum(file.stat().st_size for file in output.iterdir())
        print((output / "report.txt").read_text(), end="")
        print(f"log          {arguments.rows:,} rows, {_mib(log.stat().st_size)}")
        print(f"minutes      {seconds / 60:.1f} on {os.cpu_count()} cores")
        processor = (usage.ru_utime + usage.ru_stime) / 60
        print(f"processor    {processor:.1f} minutes, all cores together")
        print(f"peak memory  {_mib(usage.ru_maxrss * 1024)}")  # Linux counts in KiB.
        print(f"written      {_mib(written)}")


def _make_log(path, arguments):
    """Rows in no order; item n has about n^-1 of the rows."""
    item = f"({arguments.items}::DOUBLE ** random())::BIGINT"
    with duckdb.connect() as connection:
        connection.execute("SELECT setseed(0.5)")
        connection.execute("SET threads = 1")  # random() is seeded a thread.
        connection.execute("SET memory_limit = '1GB'")
        connection.execute(
            f"COPY (SELECT 1 + floor({arguments.users} * random() ** 2)::BIGINT AS "
            f"user_id, item AS item_id, 'c' || item % 1000 AS category, "
            f"1600000000 + floor({_YEAR} * random())::BIGINT AS time FROM "
            f"(SELECT {item} AS item FROM range({arguments.rows}))) TO '{path}'"
        )


def _prepare(log, output):
    command = [sys.executable, ROOT / "bin" / "prepare_data", f"--input={log}"]
    command += [f"--output={output}", "--user=user_id", "--item=item_id"]
    command += ["--time=time", "--item_fields=category", "--test_share=0.1"]
    command += ["--train_share=0.3", "--negatives_per_positive=1"]
    start = time.monotonic()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"bin/prepare_data ended with {process.returncode}")
    return time.monotonic() - start, usage


def _mib(size):
    return f"{size / 2**20:,.0f} MiB"


if __name__ == "__main__":
    main()
