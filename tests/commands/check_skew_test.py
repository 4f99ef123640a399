"""`bin/check_skew`, run as a user runs it."""

import json
import os
import subprocess
import sys

import pytest

from diffumin_tf.serving.held_out_requests import HeldOutRequests
from diffumin_tf.serving.request_inputs import RequestInputs
from tests.commands.script import BIN, script
from tests.commands.world_run import write_world_run
from tests.serving.small_log import write_log

run = script("check_skew")


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    """An untrained run as `bin/train` leaves it, and two logs."""
    path = tmp_path_factory.mktemp("check_skew")
    recipe = write_world_run(path / "run", "din")
    data = recipe.data
    inputs = RequestInputs.of(recipe.new_model(), data.features)
    rows = HeldOutRequests(data.source, inputs, "test", 120).rows(5)
    write_log(path / "log-1", ("", rows))
    history = {name: rows[name][:, 2:] for name in inputs.history_names}
    write_log(path / "late", ("", rows | history))
    return path


def test_nothing_differs(directory):
    flags = ("--run_dir=run", "--requests=log*", "--output=skew.json")
    result = run(directory, *flags, "--rows_at_once=2")
    assert (result.returncode, result.stderr) == (0, "")
    assert "found in the data 5".split() in map(str.split, result.stdout.splitlines())
    assert result.stdout.endswith("wrote skew.json\n")
    report = json.loads((directory / "skew.json").read_text())
    assert (report["rows"], report["matched"]) == (5, 5)
    assert {entry["compared"] for entry in report["inputs"].values()} == {5}
    assert {entry["differing"] for entry in report["inputs"].values()} == {0}


@pytest.mark.slow
def test_skew_is_an_error_in_one_line(directory):
    flags = ("--run_dir=run", "--requests=late", "--output=late.json")
    result = run(directory, *flags)
    assert result.returncode == 1
    assert result.stderr.startswith("error: what was logged must be what the data hold")
    assert result.stderr.count("\n") == 1
    assert "history_poi" in result.stderr and "late 5 (2)" in result.stdout
    report = json.loads((directory / "late.json").read_text())
    assert report["inputs"]["history_poi"]["differing"] == 5


def test_error_before_the_work(tmp_path):
    # With a level of the log the runner does not import TensorFlow.
    flags = ("--run_dir=x", "--requests=x", "--output=there/skew.json")
    result = subprocess.run(
        [sys.executable, BIN / "check_skew", *flags],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert result.stderr == (
        "error: output must be in a directory that exists. Received: there/skew.json.\n"
    )
