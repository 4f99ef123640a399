"""One SIGKILL a command; `python tests/kill_runs.py` makes many."""

import random

import pytest

from tests import kill_runs


@pytest.mark.slow
@pytest.mark.parametrize("name", ["train_din_s", "prepare_data", "compare"])
def test_a_killed_command_ends_with_the_same(name, tmp_path):
    assert not kill_runs.check(name, kills=1, rng=random.Random(1), scratch=tmp_path)


def test_differences_are_found(tmp_path):
    for name in ("one", "other"):
        (tmp_path / name / "tensorboard").mkdir(parents=True)
        (tmp_path / name / "same.txt").write_text(f"in {tmp_path / name}")
        (tmp_path / name / "tensorboard" / name).touch()
    one, other = tmp_path / "one", tmp_path / "other"
    assert kill_runs.differences(one, other) == []
    (one / "a.csv").write_text("1")
    (other / "a.csv").write_text("2")
    (other / ".b.5.tmp").touch()
    assert kill_runs.differences(one, other) == [
        "only in one: .b.5.tmp",
        "differs: a.csv",
        f"half-written: {other / '.b.5.tmp'}",
    ]
