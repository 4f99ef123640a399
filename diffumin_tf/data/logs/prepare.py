"""From a log of interactions to users in the native format."""

import dataclasses
import json
import os
from pathlib import Path

from diffumin_tf.data.logs.items import open_item_table
from diffumin_tf.data.logs.known_tables import KnownTables
from diffumin_tf.data.logs.log_files import LogFiles
from diffumin_tf.data.logs.plan import Plan
from diffumin_tf.data.logs.preparation import Preparation
from diffumin_tf.data.logs.report import to_text
from diffumin_tf.data.logs.sql import connect, told
from diffumin_tf.data.resumable import make_resumably


def prepare_data(
    input,
    output,
    columns,
    item_table=None,
    time_unit="s",
    positive_rating=None,
    history="positives",
    split="time",
    test_share=0.2,
    train_share=None,
    impressions="all",
    negatives=None,
    max_vocabulary=200_000,
    drop_duplicates=True,
    max_bad_share=0.0,
    num_shards=8,
    delimiter=",",
    tables_from=None,
    raw_dir=None,
    memory_limit="1GB",
    threads=2,
    how_to_get="",
):
    """Writes a log as a directory of users, with a report.

    What is done is kept beside `output`, in `<output>.preparing`, until all is: a
    preparation that was killed goes on when it is called again, to the same bytes.

    Args:
        input: Path or pattern of CSV files (with a line of names, perhaps `.gz`) or
            of Parquet files.
        output: New or empty directory.
        columns: `LogColumns`.
        item_table: `ItemTable`, where items are described in a file of their own.
        time_unit: `"s"`, `"ms"`, `"us"`, `"hours"` or `"iso"`.
        positive_rating: The label is 1 from this rating on.
        history: `"positives"` (rows of label 1 are behaviours) or `"all"`.
        split: `"time"` (one cut for all) or `"user"` (each user's last rows).
        test_share: Share of the rows, or of each user's rows, that are the test.
        train_share: Share just before the test that is trained on; what is before
            only serves as history. None for all.
        impressions: `"all"` or `"first_visits"` (a user's first row of an item).
        negatives: `NegativeSampling`, where the log has no label.
        max_vocabulary: Most ids of a vocabulary; a larger table is hashed.
        drop_duplicates: Whether one of several rows that are alike in all columns
            that are read is kept.
        max_bad_share: Share of bad rows to leave out; with more it is an error.
        num_shards: Number of files.
        delimiter: What stands between the columns of a CSV file.
        tables_from: Directory of data prepared before, whose tables are kept: ids have
            the rows of a model trained on it. What is not in a vocabulary is unknown.
        raw_dir: Folder that the paths of `input` and `item_table` start from.
        memory_limit: Of the sort, for example `"1GB"`; what does not fit is spilled
            to disk.
        threads: Of the sort.
        how_to_get: Said where the input is not there.

    Returns:
        The report, a dictionary; `report.json` and `report.txt` in `output`.

    Raises:
        FileNotFoundError: If the input is not there.
        FileExistsError: If `output` is not empty, or a preparation with other
            arguments was begun there.
        ValueError: If an argument, a file, a column or a row is wrong; it says
            which.
        OSError: If the disk is full, `output` cannot be written or another process
            prepares the same.
    """
    plan = Plan(
        input=_in(raw_dir, input),
        columns=columns,
        item_table=item_table and _moved(item_table, raw_dir),
        time_unit=time_unit,
        positive_rating=positive_rating,
        history=history,
        split=split,
        test_share=test_share,
        train_share=train_share,
        impressions=impressions,
        negatives=negatives,
        max_vocabulary=max_vocabulary,
        drop_duplicates=drop_duplicates,
        max_bad_share=max_bad_share,
        num_shards=num_shards,
        delimiter=delimiter,
        tables_from=tables_from and str(tables_from),
    )
    files = LogFiles(plan.input, delimiter, how_to_get)
    files.check_columns(columns.roles())
    table = plan.item_table
    table_files = table and open_item_table(table, delimiter, how_to_get)
    known = plan.tables_from and KnownTables(plan.tables_from)
    sources = files, table_files, known
    paths = [path for some in sources if some for path in some.paths]

    def run(work):
        with connect(work.path / "spill", memory_limit, threads) as connection, told():
            Preparation(plan, *sources, work, connection).run()

    make_resumably(output, plan.to_text(paths), run)
    report = json.loads((Path(output) / "report.json").read_text(encoding="utf-8"))
    print(to_text(report), end="")
    return report


def _in(folder, path):
    return str(path) if folder is None else os.path.join(folder, path)


def _moved(table, folder):
    return dataclasses.replace(table, path=_in(folder, table.path))
