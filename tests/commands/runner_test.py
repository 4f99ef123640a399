"""How the commands report errors."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from diffumin_tf.commands.runner import load_run, one_line
from tests.commands.script import script

ROOT = Path(__file__).resolve().parents[2]


def run(body, *arguments):
    """Runs a command with the given body in a process of its own."""
    script = f"from diffumin_tf.commands import runner\ndef command():\n    {body}\n"
    return subprocess.run(
        [sys.executable, "-c", script + "runner.run(command)", *arguments],
        # A value of its own keeps the runner from importing TensorFlow.
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "0", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    "error",
    [
        "ValueError('bad\\nvalue')",
        "FileNotFoundError('bad value')",
        "MemoryError('bad value')",
    ],
)
def test_what_the_user_can_mend_takes_one_line(error):
    result = run(f"raise {error}")
    assert result.returncode == 1
    assert result.stderr == "error: bad value\n"
    assert result.stdout == ""


def test_other_errors_keep_their_traceback():
    result = run("raise KeyError('x')")
    assert result.returncode == 1
    assert "Traceback" in result.stderr


def test_the_traceback_on_request():
    result = run("raise ValueError('bad')", "--verbosity=1")
    assert "Traceback" in result.stderr
    assert result.stderr.endswith("error: bad\n")


def test_an_argument_that_is_no_flag():
    result = run("pass", "gin/industry.gin")
    assert result.returncode == 1
    assert result.stderr == "error: unexpected argument 'gin/industry.gin'\n"


def test_notes_of_other_packages_are_shown_on_request_only():
    note = "from absl import logging; logging.info('a note')"
    assert run(note).stderr == ""
    assert "a note" in run(note, "--verbosity=0").stderr


def test_flags_reach_the_command():
    result = run(
        "print(runner.RUN_DIR.value, runner.GIN_BINDINGS.value)",
        "--run_dir=here",
        "--gin_bindings=A = 1",
        "--gin_bindings=B = [1, 2]",
    )
    assert result.stdout == "here ['A = 1', 'B = [1, 2]']\n"
    assert result.returncode == 0


def test_a_directory_that_is_no_run(tmp_path):
    with pytest.raises(FileNotFoundError, match=f"of a run. Received: {tmp_path}, "):
        load_run(str(tmp_path))


def test_gin_notes_are_made_short():
    message = (
        "k must be positive, got 0.\n  In call to configurable 'Layer' (<class 'a.b'>)"
        "\n  In call to configurable 'train' (<function train at 0x7f>)"
    )
    assert one_line(ValueError(message)) == (
        "k must be positive, got 0. (in Layer) (in train)"
    )


def test_help_shows_the_flags_of_the_command(tmp_path):
    found = script("train")(tmp_path, "--help").stdout
    assert "--gin_file:" in found and "--run_dir:" in found
