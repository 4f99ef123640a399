"""`bin/import_task_conf`, run as a user runs it."""

import pytest

from tests.commands.script import script
from tests.released_conf.small_conf import write_conf, write_struct

run = script("import_task_conf")


def test_writes_a_run_file_and_says_what_became_of_each_key(tmp_path):
    write_conf(tmp_path, timesteps=50.0)
    write_struct(tmp_path)
    result = run(
        tmp_path,
        "--task_conf=task_conf.json",
        "--data_struct=data_struct.json",
        "--output=run.gin",
    )
    assert result.returncode == 0, result.stderr
    assert "  timesteps = 50.0: NoiseSchedule.num_steps = 50; a float" in result.stdout
    assert "  data_struct: Eleme_DiffuMIN finds" in result.stdout
    assert result.stdout.splitlines()[-1] == "wrote run.gin"
    header = (tmp_path / "run.gin").read_text().splitlines()
    assert "# Made of:  task_conf.json, by bin/import_task_conf" in header
    assert "# Command:  bin/train --gin_file=run.gin" in header


@pytest.mark.slow
def test_error_takes_one_line(tmp_path):
    write_conf(tmp_path, optimizer="adam")
    result = run(tmp_path, "--task_conf=task_conf.json", "--output=run.gin")
    assert result.returncode == 1
    assert result.stderr == (
        'error: optimizer must be "adagrad_lazyadam". Received: "adam" in '
        "task_conf.json.\n"
    )
    assert not (tmp_path / "run.gin").exists()


def test_error_no_flag(tmp_path):
    result = run(tmp_path, "--output=run.gin")
    assert result.returncode == 1
    assert "--task_conf" in result.stderr
