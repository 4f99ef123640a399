"""Preparations that are cut short, as by a kill."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from diffumin_tf.data.work_directory import WorkDirectory

ROOT = Path(__file__).resolve().parents[2]


class Cut(BaseException):
    """Not an error that anyone handles, as a kill is not."""


def cut_each_stage_once(monkeypatch):
    """Has each stage cut before it is noted, the first time.

    Returns:
        A list, to which the stages are added as they are cut.
    """
    cuts, once = [], WorkDirectory.once

    def cut_before_it_is_noted(self, stage, function):
        def cut():
            result = function()
            if stage not in cuts:
                cuts.append(stage)
                raise Cut
            return result

        return once(self, stage, cut)

    monkeypatch.setattr(WorkDirectory, "once", cut_before_it_is_noted)
    return cuts


def run_to_its_kill(code, *arguments):
    """Runs Python code that must end by killing its own process."""
    result = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert result.returncode == -signal.SIGKILL


def bytes_of(directory):
    """Name of each file to its bytes."""
    return {file.name: file.read_bytes() for file in directory.iterdir()}
