"""`bin/make_world`, run as a user runs it."""

import numpy as np

from diffumin_tf.data.industry_world import IndustryWorld
from diffumin_tf.data.records import UserRecords
from tests.commands.script import script

run = script("make_world")


def test_writes_the_world_from_any_directory(tmp_path):
    result = run(
        tmp_path,
        "--output=world",
        "--num_users=12",
        "--impressions_per_user=3",
        "--seed=5",
        "--num_shards=2",
        "--compression=GZIP",
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-2:] == ["12 of 12 users", "wrote world"]
    records = UserRecords(tmp_path / "world")
    world = IndustryWorld(num_users=12, impressions_per_user=3, seed=5)
    assert records.schema == world.schema
    assert IndustryWorld(**records.schema.world).user(3).keys() == world.user(3).keys()
    for number, user in enumerate(records.users().as_numpy_iterator()):
        np.testing.assert_array_equal(user["label"], world.user(number)["label"])


def test_error_takes_one_line(tmp_path):
    (tmp_path / "mine").touch()
    result = run(tmp_path, f"--output={tmp_path}")
    assert result.returncode == 1
    assert result.stderr.startswith("error: directory must be new or empty")
    assert result.stderr.count("\n") == 1


def test_error_no_output(tmp_path):
    result = run(tmp_path)
    assert result.returncode == 1
    assert "--output" in result.stderr
