"""Runs the scripts of `bin/` as a user does."""

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

BIN = Path(__file__).resolve().parents[2] / "bin"


def script(name):
    """A function of a working directory and arguments that runs `bin/<name>`."""
    return partial(_run, BIN / name)


def _run(path, directory, *arguments):
    # As at a user's terminal, where nobody has set TensorFlow's log level.
    quiet = "TF_CPP_MIN_LOG_LEVEL"
    environment = {name: v for name, v in os.environ.items() if name != quiet}
    return subprocess.run(
        [sys.executable, path, *arguments],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
    )
