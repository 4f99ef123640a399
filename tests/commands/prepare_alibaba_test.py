"""`bin/prepare_alibaba` as a user runs it, with gin and with flags."""

import json
import re

from diffumin_tf.data.records import UserRecords
from tests.commands.script import script
from tests.data.alibaba.raw_rows import write_rows

run = script("prepare_alibaba")


def test_flags_win_over_gin(tmp_path):
    write_rows(tmp_path / "raw")
    result = run(
        tmp_path,
        "--gin_file=gin/alibaba_bars.gin",
        "--raw_dir=raw",
        "--output=users",
        "--min_count=1",
        "--num_shards=2",
        "--sequence_length=1",
        "--nodescribed_only",
        "--gin_bindings=prepare_alibaba.threads = 1",
    )
    assert result.returncode == 0, result.stderr
    assert "impressions kept: 4" in result.stdout.splitlines()
    report = json.loads((tmp_path / "users" / "report.json").read_text())
    size = sum(p.stat().st_size for p in (tmp_path / "users").glob("*.tfrecord"))
    assert report["bytes"] == size and report["bytes_an_impression"] == size / 4
    names = {path.name for path in (tmp_path / "users").iterdir()}
    assert {"report.txt", "schema.json", "users-00001-of-00002.tfrecord"} < names
    second, first = UserRecords(tmp_path / "users").users().as_numpy_iterator()
    assert second["user_key"] == 2
    # One of its three behaviours is seen by nobody among the last one.
    assert first["history/btag"].tolist() == [4, 1]


def test_error_takes_one_line_and_says_where_to_get_the_data(tmp_path):
    result = run(tmp_path, "--gin_file=gin/alibaba.gin")
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1 and result.stderr.startswith("error: ")
    message = "raw_sample.csv, which is no file. Get .*Tianchi.*registration.*RAW_DIR"
    assert re.search(message, result.stderr)
    assert not list(tmp_path.iterdir())


def test_training_without_the_data_says_so_too(tmp_path):
    result = script("train")(tmp_path, "--gin_file=gin/alibaba.gin")
    assert result.returncode == 1
    message = "data/alibaba, which is none. Get .*Tianchi.*bin/prepare_alibaba"
    assert re.search(message, result.stderr)
