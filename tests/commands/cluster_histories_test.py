"""`bin/cluster_histories`, run as a user runs it."""

import pytest

from diffumin_tf.data.industry_world import IndustryWorld
from diffumin_tf.data.records import UserRecords, write_users
from tests.commands.script import script

run = script("cluster_histories")


@pytest.mark.slow
def test_reports_and_writes(tmp_path):
    world = IndustryWorld(num_users=2, impressions_per_user=2)
    write_users(tmp_path / "users", map(world.user, range(2)), world.schema, 1)
    arguments = ["--input=users", "--output=clusters", "--num_recent=7"]
    result = run(tmp_path, *arguments, "--num_shards=1")
    assert result.returncode == 0, result.stderr
    wrote, users, _ = result.stdout.splitlines()
    assert wrote == "wrote clusters"
    assert users == "2 users, 2 with an old part to compress"
    assert UserRecords(tmp_path / "clusters").schema.clustered
    result = run(tmp_path, *arguments)
    assert result.returncode == 1
    assert result.stderr.startswith("error: directory must be new or empty.")
    assert result.stderr.count("\n") == 1
