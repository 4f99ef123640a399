"""`bin/serve_local`, run as a user runs it."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from diffumin_tf.serving.predict_request import make_predict_request
from diffumin_tf.serving.warm_up import write_warm_up
from tests.commands.script import BIN, script
from tests.serving.tiny_model import CANDIDATES, ROWS, save_tiny_model

run = script("serve_local")


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    """An export of one version with warm-up requests, one of them a bad one."""
    path = tmp_path_factory.mktemp("serve_local")
    version = save_tiny_model(path / "export" / "1")
    negative = ROWS | {"history_poi": np.array([[-1], [-1]])}
    requests = [("rank", CANDIDATES), ("serving_default", negative)]
    write_warm_up(version, requests)
    return path


def test_answers_to_the_terminal(directory):
    request = make_predict_request("", "rank", CANDIDATES)
    (directory / "request.pb").write_bytes(request.SerializeToString())
    result = run(directory, "--export_dir=export", "--request=request.pb")
    assert (result.returncode, result.stderr) == (0, "")
    assert json.loads(result.stdout) == {"outputs": [13, 23, 33]}


@pytest.mark.slow
def test_bench(directory):
    result = run(directory, "--export_dir=export", "--bench=20", "--clients=2")
    assert result.returncode == 0, result.stderr
    title, head, rank, default, error = map(str.split, result.stdout.splitlines())
    assert title == "20 requests a line, 2 clients".split()
    assert head == "signature rows bytes p50 ms p95 ms p99 ms errors answers/s".split()
    p50, p95, p99 = map(float, rank[3:6])
    assert rank[:2] == ["rank", "3"] and 0 < p50 <= p95 <= p99
    assert rank[6] == "0" and float(rank[7]) > 0
    assert default[:2] == ["serving_default", "2"] and default[6] == "20"
    assert " ".join(error).startswith("serving_default, 2 rows: serving_default: asser")


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ([], "one of --request and --bench must be given. Received: --request=None"),
        (["--request=request.txt"], "request must end in .json or .pb. Received: req"),
        (["--request=a.pb", "--output=b/c.pb"], "output must be in a directory that"),
        (["--bench=2", "--output=a.pb"], "output must be given with --request"),
    ],
)
def test_error_takes_one_line(tmp_path, flags, message):
    # With a level of the log the runner does not import TensorFlow.
    result = subprocess.run(
        [sys.executable, BIN / "serve_local", "--export_dir=export", *flags],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert result.stderr.startswith(f"error: {message}")
    assert result.stderr.count("\n") == 1
