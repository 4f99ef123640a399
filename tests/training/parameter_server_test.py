"""Runs whose table is spread over parameter servers."""

import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest

from diffumin_tf.training.parameter_server import parameter_server
from tests.training.parameter_server_run import NUM_EPOCHS
from tests.training.workers import free_ports

SCRIPT = Path(__file__).with_name("parameter_server_run.py")
TASKS = [("ps", 0), ("ps", 1), ("worker", 0), ("chief", 0)]


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


@contextmanager
def cluster(directory):
    """The processes of all tasks, by type and number; killed at the end."""
    ports = iter(free_ports(len(TASKS)))
    addresses = {}
    for kind, _ in TASKS:
        addresses.setdefault(kind, []).append(f"localhost:{next(ports)}")
    with ExitStack() as stack:
        processes = {}
        for kind, index in TASKS:
            task = {"type": kind, "index": index}
            process = start(directory, {"cluster": addresses, "task": task})
            stack.callback(process.kill)
            processes[kind, index] = process
        yield processes


def wait_for(text, directory, seconds=200):
    """Waits until the chief has said it."""
    end = time.monotonic() + seconds
    while text not in log_of_chief(directory):
        assert time.monotonic() < end, log_of_chief(directory)[-3000:]
        time.sleep(0.2)


def log_of_chief(directory):
    return (directory / "chief-0.log").read_text()


@pytest.mark.slow
def test_a_run_with_a_sharded_table_is_the_run_with_a_whole_one(tmp_path):
    with cluster(tmp_path) as processes:
        wait_for(f"epoch 3/{NUM_EPOCHS}", tmp_path)
        processes["ps", 0].kill()
        assert finish(processes["chief", 0], 100) != 0
    assert "start all of them again" in log_of_chief(tmp_path)
    assert finish(start(tmp_path), 300) == 0
    with cluster(tmp_path) as processes:
        status = finish(processes["chief", 0], 300)
    assert status == 0, log_of_chief(tmp_path)[-3000:]
    assert "resuming from" in log_of_chief(tmp_path)
    whole, sharded = (
        np.load(tmp_path / f"{name}.npz") for name in ("whole", "sharded")
    )
    assert set(whole.files) == set(sharded.files)
    for name in whole.files:
        # float64, and the same steps one after the other.
        np.testing.assert_allclose(
            sharded[name], whole[name], rtol=1e-8, atol=1e-8, err_msg=name
        )


def test_error_tf_config(monkeypatch):
    config = {"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 0}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(config))
    with pytest.raises(ValueError, match="must have .*'chief', 'ps', 'worker'"):
        parameter_server()
