"""From Tianchi's raw folder to users in the native format."""

import json
from pathlib import Path

from diffumin_tf.data.alibaba.plan import Plan
from diffumin_tf.data.alibaba.preparation import Preparation
from diffumin_tf.data.alibaba.raw_folder import open_raw_folder
from diffumin_tf.data.logs.report import to_text
from diffumin_tf.data.logs.sql import connect, told
from diffumin_tf.data.resumable import make_resumably


def prepare_alibaba(
    raw_dir,
    output,
    sequence_length=None,
    min_count=1,
    described_only=False,
    num_shards=8,
    max_bad_share=0.0,
    memory_limit="1GB",
    threads=2,
    how_to_get="",
):
    """Writes "Ali_Display_Ad_Click" as a directory of users, with a report.

    Training are 6 to 12 May 2017 in Beijing, the test is 13 May. An impression sees
    the behaviours of strictly earlier seconds, each once.

    What is done is kept beside `output`, in `<output>.preparing`, until all is: a
    preparation that was killed goes on when it is called again, to the same bytes.

    Args:
        raw_dir: Folder with `raw_sample.csv`, `ad_feature.csv`, `user_profile.csv` and
            `behavior_log.csv`, each perhaps `.csv.gz`.
        output: New or empty directory.
        sequence_length: How many of the latest behaviours an impression is to see:
            what no impression sees among them is left out. None for all.
        min_count: Ids met less often before the test are unknown.
        described_only: Whether impressions without a profile of the user, or whose ad
            is not described, are left out.
        num_shards: Number of files.
        max_bad_share: Share of bad rows of a file to leave out; with more it is an
            error.
        memory_limit: Of DuckDB, for example `"1GB"`; what does not fit is spilled to
            disk. The whole process takes about 1 GB more.
        threads: Of DuckDB.
        how_to_get: Said where a raw file is not there.

    Returns:
        The report, a dictionary; `report.json` and `report.txt` in `output`.

    Raises:
        FileNotFoundError: If a raw file is not there.
        FileExistsError: If `output` is not empty, or a preparation with other
            arguments was begun there.
        ValueError: If an argument, a file, a column or a row is wrong; it says
            which.
        OSError: If the disk is full, `output` cannot be written or another process
            prepares the same.
    """
    plan = Plan(sequence_length, min_count, described_only, num_shards, max_bad_share)
    files = open_raw_folder(raw_dir, how_to_get)
    paths = [file.path for file in files.values()]

    def run(work):
        with connect(work.path / "spill", memory_limit, threads) as connection, told():
            Preparation(plan, files, work, connection).run()

    make_resumably(output, plan.to_text(paths), run)
    report = json.loads((Path(output) / "report.json").read_text(encoding="utf-8"))
    print(to_text(report), end="")
    return report
