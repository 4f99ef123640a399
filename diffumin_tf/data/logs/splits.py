"""Where training ends and the test begins."""

from diffumin_tf.data.logs.sql import parquet

TRAIN, TEST = 1, 2
NAMES = {TRAIN: "train", TEST: "test"}


def find_cuts(connection, files, plan):
    """Finds the spans of time of the splits.

    With a split by time the test begins with the second of the first of the last
    `test_share` of the rows, so it may hold a few more.

    Args:
        connection: DuckDB's.
        files: Pattern of the sorted rows.
        plan: `Plan`.

    Returns:
        `{"splits": {"train": [first, end], "test": [first, end]}, "rows": n}`.

    Raises:
        ValueError: If nothing is left to train on.
    """
    rows = parquet(files)
    count, first, last = connection.execute(
        f"SELECT count(*), min(time), max(time) FROM {rows}"
    ).fetchone()
    if not count:
        raise ValueError("a log must have good rows. Received: none.")
    if plan.split == "user":
        return {"splits": _spans(connection, rows), "rows": count}
    train, test = (
        _time_of(connection, rows, count, plan.last_rows(count, split))
        for split in NAMES.values()
    )
    if not first <= train < test:
        raise ValueError(
            "test_share must leave time to train on. Received: test_share="
            f"{plan.test_share} of {count} rows from {first} to {last} seconds, of "
            f"which the test would begin at {test}."
        )
    return {"splits": {"train": [train, test], "test": [test, last + 1]}, "rows": count}


def with_part(files, plan, splits):
    """SQL text of the sorted rows with `part`: 0 before training, `TRAIN` or `TEST`.

    Args:
        files: Pattern of the sorted rows.
        plan: `Plan`.
        splits: Those that `find_cuts` found.
    """
    rows = parquet(files)
    if plan.split == "user":
        return f"SELECT * FROM {rows}"
    train, test = (splits[split][0] for split in NAMES.values())
    part = f"WHEN time >= {test} THEN {TEST} WHEN time >= {train} THEN {TRAIN} ELSE 0"
    return f"SELECT *, (CASE {part} END)::TINYINT AS part FROM {rows}"


def _time_of(connection, rows, count, last_rows):
    """Time of the first of the last rows, of which there is at least one."""
    place = f"least({count} - {last_rows}, {count - 1})"
    query = f"SELECT time FROM {rows} ORDER BY time LIMIT 1 OFFSET {place}"
    return connection.execute(query).fetchone()[0]


def _spans(connection, rows):
    """Spans of each user's own splits, which may overlap."""
    spans = {}
    for part, split in NAMES.items():
        first, last = connection.execute(
            f"SELECT min(time), max(time) FROM {rows} WHERE part = {part}"
        ).fetchone()
        if first is None:
            raise ValueError(
                "test_share must give some user a test row and some a training row. "
                f"Received: no row for {split}."
            )
        spans[split] = [first, last + 1]
    return spans
