"""Runs whose table is spread over parameter servers."""

import json
import os
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from diffumin_tf.training.parameter_server import parameter_server

SCRIPT = Path(__file__).with_name("parameter_server_run.py")
TASKS = [("ps", 0), ("ps", 1), ("worker", 0), ("chief", 0)]


def free_ports(count):
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("localhost", 0))
        return [each.getsockname()[1] for each in sockets]


def start(directory, config=None):
    """The script as a process, with a `TF_CONFIG` if it is a task."""
    environment = {k: v for k, v in os.environ.items() if k != "TF_CONFIG"}
    if config is not None:
        environment["TF_CONFIG"] = json.dumps(config)
    name = "{type}-{index}".format(**config["task"]) if config else "whole"
    with open(directory / f"{name}.log", "w") as log:
        command = [sys.executable, SCRIPT, directory]
        return subprocess.Popen(command, env=environment, stdout=log, stderr=log)


def finish(process, seconds):
    try:
        return process.wait(seconds)
    finally:
        process.kill()
        process.wait()


@pytest.mark.slow
def test_a_run_with_a_sharded_table_is_the_run_with_a_whole_one(tmp_path):
    ports = iter(free_ports(len(TASKS)))
    cluster = {}
    for kind, _ in TASKS:
        cluster.setdefault(kind, []).append(f"localhost:{next(ports)}")
    with ExitStack() as stack:
        processes = []
        for kind, index in TASKS:
            task = {"type": kind, "index": index}
            processes.append(start(tmp_path, {"cluster": cluster, "task": task}))
            stack.callback(processes[-1].kill)
        assert finish(start(tmp_path), 300) == 0
        status = finish(processes[-1], 300)
        assert status == 0, log_of_chief(tmp_path)
    whole, sharded = (
        np.load(tmp_path / f"{name}.npz") for name in ("whole", "sharded")
    )
    assert set(whole.files) == set(sharded.files)
    assert log_of_chief(tmp_path).count("resuming from") == 1
    for name in whole.files:
        # float64, and the same steps one after the other.
        np.testing.assert_allclose(
            sharded[name], whole[name], rtol=1e-8, atol=1e-8, err_msg=name
        )


def log_of_chief(directory):
    return (directory / "chief-0.log").read_text()[-6000:]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{}",
        '{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 0}}',
        '{"cluster": {"chief": ["a:1"], "ps": ["a:2"], "worker": ["a:3"]}, '
        '"task": {"type": "ps", "index": 1}}',
    ],
)
def test_error_tf_config(monkeypatch, text):
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(ValueError, match="TF_CONFIG must be JSON with a cluster of"):
        parameter_server()
