import pytest

from diffumin_tf.training.followed_run import FollowedRun
from diffumin_tf.training.run_directory import RunDirectory


def test_what_the_chief_writes_is_read_and_nothing_written(tmp_path):
    path = tmp_path / "run"
    followed = FollowedRun(path)
    followed.start("a = 1\n", {"train": 0})
    followed.write_json("b.json", 2)
    assert not path.exists()
    RunDirectory(path).write_json("b.json", 1)
    (path / ".c.5.tmp").touch()
    followed.write_json("b.json", 2)
    followed.remove_unfinished()
    assert followed.read_json("b.json") == 1
    assert (path / ".c.5.tmp").exists()


def test_error_another_configuration(tmp_path):
    RunDirectory(tmp_path).start("a = 1\n", {})
    with pytest.raises(FileExistsError, match="holds another configuration"):
        FollowedRun(tmp_path).start("a = 2\n", {})
