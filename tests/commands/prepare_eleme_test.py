"""`bin/prepare_eleme` as a user runs it, and what it writes in training."""

import json

import pytest

from diffumin_tf import config
from diffumin_tf.data.click_data import ClickData
from diffumin_tf.data.eleme.raw_files import write_raw_eleme
from diffumin_tf.data.records import UserRecords
from tests.commands.script import script

run = script("prepare_eleme")


@pytest.mark.slow
def test_flags_win_over_gin_and_the_run_file_reads_the_result(tmp_path):
    write_raw_eleme(tmp_path / "raw", num_users=30)
    result = run(
        tmp_path,
        "--raw_dir=raw",
        "--output=users",
        "--first_day=2022-05-01",
        "--train_days=1,12",
        "--test_days=13,14",
        "--max_table_size=1024",
        "--sequence_length=30",
        "--compression=none",
        "--gin_bindings=prepare_eleme.max_bad_share = 0.5",
    )
    assert result.returncode == 0, result.stderr
    assert "rows kept: 240" in result.stdout.splitlines()
    assert json.loads((tmp_path / "users" / "report.json").read_text())["parts"] == 14
    records = UserRecords(tmp_path / "users")
    assert records.schema.splits["test"][0] == 1652371200  # 13 May in Beijing.
    assert max(len(u["history_time"]) for u in records.users()) == 30
    _check_batches(tmp_path / "users")


def _check_batches(directory):
    config.register_all()
    config.load(
        ["gin/eleme.gin"], [f"DATA_DIR = {str(directory)!r}", "BATCH_SIZE = 16"]
    )
    data = config.call(ClickData)
    features, labels = next(iter(data.split("train")))
    assert labels.shape[0] == 16
    assert features["target"].shape == (16, 5)
    assert features["other"].shape == (16, 9 + 6 + 5)


def test_error_takes_one_line_and_says_where_to_get_the_data(tmp_path):
    result = run(tmp_path)
    assert result.returncode == 1
    assert result.stderr.startswith("error: raw_dir must hold Ele.me's parts")
    assert "data/raw/eleme" in result.stderr and "131047" in result.stderr
    assert result.stderr.count("\n") == 1 and not list(tmp_path.iterdir())


def test_error_days_that_are_no_numbers(tmp_path):
    result = run(tmp_path, "--train_days=one,two")
    assert result.returncode == 1
    message = "train_days must be two numbers such as 7,7. Received: one,two.\n"
    assert result.stderr == f"error: prepare_eleme.{message}"
