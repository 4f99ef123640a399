"""`bin/make_raw`, run as a user runs it."""

import pytest

from diffumin_tf.data.alibaba.raw_files import write_raw
from diffumin_tf.data.eleme import raw_files as eleme_files
from tests.commands.script import script

run = script("make_raw")


def test_writes_the_raw_layout(tmp_path):
    arguments = ("--dataset=alibaba", "--scale=4e-6", "--seed=2", "--output=raw")
    result = run(tmp_path, *arguments)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == ["make_raw: 5 of 5 users", "wrote raw"]
    write_raw(tmp_path / "again", 4e-6, 2)
    for path in (tmp_path / "again").iterdir():
        assert (tmp_path / "raw" / path.name).read_bytes() == path.read_bytes()


def test_writes_the_raw_layout_of_eleme(tmp_path):
    arguments = ("--dataset=eleme", "--scale=3e-7", "--seed=2", "--output=raw")
    result = run(tmp_path, *arguments, "--bad_share=0.2", "--damaged")
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == ["wrote raw"]
    damage = {"bad_share": 0.2, "damaged": True}
    eleme_files.write_raw_eleme(tmp_path / "again", num_users=4, seed=2, **damage)
    assert {"D1_0.zip", "D2_1.csv"} <= {p.name for p in (tmp_path / "raw").iterdir()}
    for path in (tmp_path / "again").iterdir():
        assert (tmp_path / "raw" / path.name).read_bytes() == path.read_bytes()


@pytest.mark.slow
def test_error_takes_one_line(tmp_path):
    (tmp_path / "mine").touch()
    result = run(tmp_path, "--dataset=alibaba", f"--output={tmp_path}")
    assert result.returncode == 1
    assert result.stderr.startswith("error: directory must be new or empty")
    assert result.stderr.count("\n") == 1


@pytest.mark.slow
def test_error_damage_of_another_dataset(tmp_path):
    result = run(tmp_path, "--dataset=alibaba", "--output=raw", "--damaged")
    assert result.returncode == 1
    assert result.stderr.startswith("error: --bad_share and --damaged must be for")


def test_error_no_such_dataset(tmp_path):
    result = run(tmp_path, "--dataset=taobao", "--output=raw")
    assert result.returncode == 1
    assert "alibaba" in result.stderr
