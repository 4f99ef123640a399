"""`bin/tune` as a user runs it, wrongly: one clear line, exit code 1."""

import subprocess
import sys

import pytest

from tests.commands.script import BIN, script

run = script("tune")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("binding", "message"),
    [
        ("Tuning.num_trials = 0", "at least 1 and at most the size of the grid, 768"),
        ('steps/Choice.name = "NUM_STEPS"', "NUM_STEPS is never used; did you mean"),
    ],
)
def test_wrong_configuration_takes_one_line(binding, message, tmp_path):
    result = run(tmp_path, "--gin_file=gin/tune.gin", f"--gin_bindings={binding}")
    assert result.returncode == 1
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("error: ")
    assert message in lines[0]
    assert not list(tmp_path.rglob("*.json"))


def test_without_optuna_says_what_to_install():
    # None stands for a module that cannot be found.
    hide = "import runpy, sys; sys.modules['optuna'] = None; del sys.argv[0]; "
    code = f"{hide}runpy.run_path({str(BIN / 'tune')!r}, run_name='__main__')"
    arguments = [sys.executable, "-c", code, "tune", "--gin_file=gin/tune.gin"]
    result = subprocess.run(arguments, capture_output=True, text=True)
    assert result.returncode == 1
    assert result.stderr.startswith("error: bin/tune needs Optuna.")
    assert result.stderr.count("\n") == 1
