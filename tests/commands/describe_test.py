"""`bin/describe`, run as a user runs it."""

import pytest

from diffumin_tf.data.industry_world import IndustryWorld
from diffumin_tf.data.records import write_users
from tests.commands.script import script

run = script("describe")


@pytest.mark.slow
def test_text_and_page_of_a_directory(tmp_path):
    world = IndustryWorld(3)
    write_users(tmp_path / "d", map(world.user, range(3)), world.schema, 1)
    result = run(tmp_path, "--data_dir=d", "--sequence_length=9", "--output=p.html")
    assert result.returncode == 0, result.stderr
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["users", "3"] in lines and ["impressions", "24"] in lines
    assert "padding at 9 behaviours" in result.stdout
    assert "data:image/svg" in (tmp_path / "p.html").read_text()


@pytest.mark.slow
def test_damaged_data_take_one_line(tmp_path):
    world = IndustryWorld(3)
    write_users(tmp_path / "d", map(world.user, range(3)), world.schema, 1)
    (path,) = (tmp_path / "d").glob("users-*")
    path.write_bytes(path.read_bytes()[:-5])
    result = run(tmp_path, "--data_dir=d")
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "error: records must be whole" in result.stderr
    assert "truncated record 2 of d/users-00000-of-00001.tfrecord." in result.stderr


def test_neither_data_nor_settings(tmp_path):
    result = run(tmp_path)
    assert result.returncode == 1
    assert result.stderr.startswith("error: one of --data_dir and --gin_file must")
