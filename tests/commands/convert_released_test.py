"""`bin/convert_released`, run as a user runs it."""

import pytest

from diffumin_tf.data.industry_world import IndustryWorld
from diffumin_tf.data.records import UserRecords, write_users
from tests.commands.script import script

run = script("convert_released")


@pytest.fixture
def folder(tmp_path):
    world = IndustryWorld(num_users=3, impressions_per_user=2)
    write_users(tmp_path / "native", map(world.user, range(3)), world.schema, 1)
    return tmp_path


@pytest.mark.slow
def test_there_and_back(folder):
    (folder / "names.json").write_text('{"columns": {"history/poi": "item_id_list"}}')
    there = ["--to=released", "--input=native", "--output=released"]
    result = run(folder, *there, "--columns=names.json", "--num_shards=2")
    assert result.returncode == 0, result.stderr
    wrote, counts, *_ = result.stdout.splitlines()
    assert (wrote, counts) == ("wrote released", "3 users, 6 impressions")
    assert '"item_id_list[0]"' in (folder / "released/data_struct.json").read_text()
    back = ["--to=native", "--input=released/part-*", "--output=back"]
    result = run(folder, *back, "--num_shards=1")
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == ["wrote back", "3 users, 6 impressions"]
    assert UserRecords(folder / "back").schema == UserRecords(folder / "native").schema


def test_error_takes_one_line(folder):
    arguments = ["--to=native", "--input=native", "--output=x", "--sequence_length=5"]
    result = run(folder, *arguments)
    assert result.returncode == 1
    assert result.stderr.startswith("error: --data_struct is read with --to=native, ")
    assert result.stderr.count("\n") == 1
