"""From Ele.me's raw parts to impressions in the native format."""

import json
from pathlib import Path

from diffumin_tf.data.eleme.layout import features
from diffumin_tf.data.eleme.parts import find_parts
from diffumin_tf.data.eleme.plan import Plan
from diffumin_tf.data.eleme.report import check_share, make_report
from diffumin_tf.data.eleme.shards import write_shard
from diffumin_tf.data.logs.report import check_splits, to_text
from diffumin_tf.data.logs.schema_and_report import write_schema_and_report
from diffumin_tf.data.resumable import FINISHED, OUTPUT, make_resumably
from diffumin_tf.data.schema import Schema
from diffumin_tf.data.shard_files import shard_name

# Before so many rows are read a share says little.
_ROWS_OF_A_SHARE = 10_000


def prepare_eleme(
    raw_dir,
    output,
    first_day="2022-04-01",
    train_days=(7, 7),
    test_days=(8, 8),
    sequence_length=50,
    most_recent_first=True,
    max_table_size=1 << 22,
    max_bad_share=0.02,
    compression="GZIP",
    how_to_get="",
):
    """Writes Tianchi 131047 as a directory of users, with a report.

    Each row becomes a user of its own, whose `user_key` repeats: it comes with its own
    lists, which say neither when behaviours were nor which two rows share. A part
    becomes a shard; one that is done is not done again when a preparation that was
    killed is called once more, and the bytes are the same.

    Args:
        raw_dir: Folder of the parts: `D1_0.csv`, ..., or zip files of such.
        output: New or empty directory.
        first_day: The date of day 1, in Beijing. The files do not tell it.
        train_days: First and last day of training, as the files count them.
        test_days: First and last day of the test. Other days are left out.
        sequence_length: Most behaviours of a row that are kept.
        most_recent_first: Whether lists begin with the most recent behaviour. The
            files do not tell; the report says how `timediff_list` runs.
        max_table_size: Most rows of a table of ids.
        max_bad_share: Share of the rows that may be bad and are left out; with more, so
            far or at the end, it is an error. What an archive lacks is not counted, but
            named.
        compression: Of the shards, `None` or `"GZIP"`.
        how_to_get: Said where the parts are not there.

    Returns:
        The report, a dictionary; `report.json` and `report.txt` in `output`.

    Raises:
        FileNotFoundError: If there are no parts.
        FileExistsError: If `output` is not empty, or a preparation with other
            arguments was begun there.
        ValueError: If an argument is wrong, rows are, or a split is without rows.
        OSError: If the disk is full, `output` cannot be written or another process
            prepares the same.
    """
    plan = Plan(
        raw_dir=str(raw_dir),
        first_day=first_day,
        train_days=train_days,
        test_days=test_days,
        sequence_length=sequence_length,
        most_recent_first=most_recent_first,
        max_table_size=max_table_size,
        max_bad_share=max_bad_share,
        compression=compression,
    )
    parts = _wanted(find_parts(raw_dir, how_to_get), plan)
    text = plan.to_text(parts)
    make_resumably(output, text, lambda work: _prepare(parts, plan, work))
    report = json.loads((Path(output) / "report.json").read_text(encoding="utf-8"))
    print(to_text(report), end="")
    return report


def _wanted(parts, plan):
    """The files that may hold rows of the splits.

    Raises:
        ValueError: If their names tell that a split has none.
    """
    known = {day for day, _ in parts}
    for split, days in plan.days.items():
        if None not in known and not known.intersection(days):
            raise ValueError(
                f"raw_dir must hold parts of {split}_days, {days[0]} to {days[-1]}. "
                f"Received: {plan.raw_dir} with parts of days {sorted(known)}."
            )
    wanted = {None, *(day for days in plan.days.values() for day in days)}
    return [path for day, path in parts if day in wanted]


def _prepare(parts, plan, work):
    """Makes the directory `OUTPUT` in the work directory."""
    spec, directory = features(plan.max_table_size), work.path / OUTPUT
    directory.mkdir(exist_ok=True)
    results = []
    for number, part in enumerate(parts):
        path = directory / shard_name(number, len(parts), plan.compression)
        results.append(_shard(part, path, spec, plan, work))
        check_share(results, plan.max_bad_share, _ROWS_OF_A_SHARE)
    check_share(results, plan.max_bad_share)
    report = make_report(results, plan.splits)
    check_splits(report["splits"], report["rows_kept"])
    schema = Schema(spec, plan.splits, num_users=report["rows_kept"])
    work.once(FINISHED, lambda: write_schema_and_report(directory, schema, report))


def _shard(part, path, spec, plan, work):
    """What `write_shard` returned for a part, now or in an earlier run."""
    stage = path.name.partition("-of")[0]
    is_new = not work.is_done(stage)
    if is_new:
        print(f"prepare_eleme: {part}", flush=True)
    result = work.once(stage, lambda: write_shard(part, path, spec, plan))
    if is_new:
        # Now, for where too little is left there will be no report.
        print("".join(f"{line}\n" for line in result["damages"]), end="", flush=True)
    return result
