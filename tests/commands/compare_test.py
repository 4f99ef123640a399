"""`bin/compare` as a user runs it, wrongly: one clear line, exit code 1."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "bin" / "compare"


def _run(directory, *arguments):
    quiet = "TF_CPP_MIN_LOG_LEVEL"
    environment = {name: v for name, v in os.environ.items() if name != quiet}
    return subprocess.run(
        [sys.executable, SCRIPT, *arguments],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
    )


def test_script_is_executable():
    assert SCRIPT.stat().st_mode & 0o111


@pytest.mark.parametrize(
    ("binding", "message"),
    [
        ('Comparison.baseline = "DIN"', "baseline='DIN' with ['DiffuMIN', 'DIN(S)'"),
        ('Comparison.bindings = ["NUM_CHANELS = 3"]', "did you mean NUM_CHANNELS"),
    ],
)
def test_wrong_configuration_takes_one_line(binding, message, tmp_path):
    result = _run(
        tmp_path, "--gin_file=gin/compare_small.gin", f"--gin_bindings={binding}"
    )
    assert result.returncode == 1
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("error: ")
    assert message in lines[0]
    # Nothing but the empty directory of the comparison is made.
    assert not list(tmp_path.rglob("*.json"))
