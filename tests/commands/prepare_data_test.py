"""`bin/prepare_data` as a user runs it, with flags and with gin."""

import json
import os
import re

import pytest

from diffumin_tf.data.records import UserRecords
from tests.commands.script import script
from tests.data.logs.small_logs import write_checkins

run = script("prepare_data")


@pytest.mark.slow
def test_flags_alone_name_a_log(tmp_path):
    rows = [
        f"{u},{i},{i},{i % 5},k{i % 2},{i / 2}" for u in (1, 2) for i in range(1, 11)
    ]
    header = "uid,iid,when,stars,kind,price"
    (tmp_path / "log.csv").write_text("\n".join([header, *rows]))
    (tmp_path / "items.csv").write_text("id,brand,shape\n1,x,round\n2,y,flat\n")
    result = run(
        tmp_path,
        "--input=log.csv",
        "--output=users",
        "--user=uid",
        "--item=iid",
        "--time=when",
        "--time_unit=hours",
        "--rating=stars",
        "--positive_rating=3",
        "--item_fields=kind",
        "--context_numbers=price",
        "--item_table=items.csv",
        "--item_table_key=id",
        "--item_table_fields=brand,shape",
        "--split=user",
        "--test_share=0.3",
        "--num_shards=1",
    )
    assert result.returncode == 0, result.stderr
    assert "rows read: 20" in result.stdout.splitlines()
    records = UserRecords(tmp_path / "users")
    history = [field.short_name for field in records.schema.features.history_fields]
    assert history == ["iid", "kind", "brand", "shape"]
    first, _ = records.users().as_numpy_iterator()
    assert first["impression_time"].tolist() == [3600 * i for i in range(1, 11)]
    assert sorted(os.listdir(tmp_path)) == ["items.csv", "log.csv", "users"]


@pytest.mark.slow
def test_flags_win_over_gin(tmp_path):
    write_checkins(tmp_path)
    result = run(
        tmp_path,
        "--gin_file=gin/checkins.gin",
        f"--gin_bindings=RAW_DIR = {str(tmp_path)!r}",
        "--output=users",
        "--negatives_per_positive=2",
    )
    assert result.returncode == 0, result.stderr
    report = json.loads((tmp_path / "users" / "report.json").read_text())
    train = report["splits"]["train"]
    assert train["impressions"] > 2 * train["positive"]


def test_error_takes_one_line(tmp_path):
    result = run(tmp_path, "--gin_file=gin/checkins.gin")
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1 and result.stderr.startswith("error: ")
    assert re.search("jakarta_checkins/Jakarta.csv.*no file. Put", result.stderr)
    assert not list(tmp_path.iterdir())
