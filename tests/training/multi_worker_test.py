"""Runs of two worker processes: what they learn, who writes, and what a kill does."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from diffumin_tf.training.checkpoints import exclusive
from diffumin_tf.training.run_directory import RunDirectory
from tests.training.workers import TIMEOUT, read, run_workers, start

HERE = Path(__file__).parent
SCRIPT, NUMBERS = HERE / "worker_run.py", HERE / "replica_numbers.py"
BIN = HERE.parents[1] / "bin/train"
EPOCHS = 3
LOST = "all processes of a run must stay up"
SMALL = (
    "NUM_USERS = 24",
    "SEQUENCE_LENGTH = 120",
    "BATCH_SIZE = 16",
    "TransformerEncoder.num_blocks = 1",
    "PredictionTower.hidden_units = (8,)",
    "train.jit_core = False",
    "train.strategy = @multi_worker()",
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The directory of a run of two workers and of one alone."""
    path = tmp_path_factory.mktemp("workers")
    check_statuses(run_workers(SCRIPT, path, EPOCHS))
    alone = {name: v for name, v in os.environ.items() if name != "TF_CONFIG"}
    done = subprocess.run(
        [sys.executable, SCRIPT, path, str(EPOCHS)],
        env=alone,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return path


def check_statuses(found, wanted=0):
    for status, text in found:
        assert status == wanted, text[-3000:]


def assert_close(one, other, tolerance):
    """Arrays of two files, which have the same names."""
    one, other = np.load(one), np.load(other)
    assert set(one.files) == set(other.files)
    for name in one.files:
        np.testing.assert_allclose(
            other[name], one[name], rtol=tolerance, atol=tolerance, err_msg=name
        )


def files(run):
    names = (path.relative_to(run) for path in run.rglob("*") if path.is_file())
    return {str(name) for name in names if "tensorboard" not in name.parts}


def test_a_run_of_two_workers_is_the_run_of_one(finished):
    assert_close(finished / "0.npz", finished / "1.npz", 0)
    # float64: sums in another order, carried on by Adam.
    assert_close(finished / "alone.npz", finished / "0.npz", 1e-8)


def test_the_directory_is_that_of_one_process(finished):
    run, alone = finished / "run", finished / "alone"
    assert files(run) == files(alone)
    assert len(list((run / "tensorboard").iterdir())) == 1
    seen, wanted = (np.load(path / "seen_users.npy") for path in (run, alone))
    assert seen.tolist() == wanted.tolist() and len(seen) > 2
    for name in ("config.gin", "state.json", "model_size.json", "seeds.json"):
        assert (run / name).read_bytes() == (alone / name).read_bytes()


@pytest.mark.parametrize("victim, other", [(0, 1), (1, 0)])
def test_a_kill_ends_all_and_a_restart_ends_as_without(
    finished, victim, other, tmp_path
):
    found = run_workers(SCRIPT, tmp_path, EPOCHS, victim, 5)
    assert found[victim][0] == -signal.SIGKILL
    status, text = found[other]
    assert (
        status == 1 and "ConnectionError: all processes of a run must stay up" in text
    )
    assert not (tmp_path / "0.npz").exists()
    found = run_workers(SCRIPT, tmp_path, EPOCHS)
    check_statuses(found)
    assert all("resuming from" in text for _, text in found)
    for index in (0, 1):
        assert_close(finished / "0.npz", tmp_path / f"{index}.npz", 0)
    assert files(tmp_path / "run") - files(finished / "run") == set()


@pytest.mark.parametrize("dtype, tolerance", [("float64", 1e-8), ("float32", 1e-4)])
def test_two_workers_are_one_with_the_joint_batch(tmp_path, dtype, tolerance):
    check_statuses(run_workers(NUMBERS, dtype, tmp_path / "{}.npz"))
    path = tmp_path / "one.npz"
    done = subprocess.run([sys.executable, NUMBERS, dtype, path], timeout=TIMEOUT)
    assert done.returncode == 0
    assert_close(tmp_path / "0.npz", tmp_path / "1.npz", 0)
    one, worker = np.load(path), np.load(tmp_path / "0.npz")
    assert set(one.files) == set(worker.files) and len(one["losses"]) == 20
    # In float32 a rounding is enough for Adam to turn a step that starts at 0 around.
    for name in one.files if dtype == "float64" else ["losses"]:
        np.testing.assert_allclose(
            worker[name], one[name], rtol=tolerance, atol=tolerance, err_msg=name
        )


def test_the_command_of_two_workers_leaves_one_run(tmp_path):
    flags = [f"--gin_bindings={line}" for line in SMALL]
    flags += ["--gin_file=gin/industry.gin", "--gin_file=gin/models/din_s.gin"]
    found = run_workers(BIN, *flags, f"--run_dir={tmp_path / 'run'}")
    check_statuses(found)
    assert {"metrics.json", "scores-test.npz"} <= files(tmp_path / "run")
    assert "reference_last_100_auc" in found[0][1]
    assert "reference_last_100_auc" not in found[1][1]


def test_error_another_process_trains_there(tmp_path):
    with exclusive(RunDirectory(tmp_path / "run")):
        found = run_workers(SCRIPT, tmp_path, EPOCHS)
    check_statuses(found, 1)
    assert "must have one process at a time" in found[0][1]
    assert f"ConnectionError: {LOST}" in found[1][1]


def test_error_a_port_that_is_taken(tmp_path):
    with socket.socket() as taken, open(tmp_path / "log", "w+") as log:
        taken.bind(("", 0))
        taken.listen()
        address = f"localhost:{taken.getsockname()[1]}"
        worker = start([SCRIPT, tmp_path, "1"], [address], 0, log)
        assert worker.wait(TIMEOUT) == 1
        assert "ConnectionError: each worker must find its port of" in read(log)


def test_error_no_run_dir():
    flags = [f"--gin_bindings={line}" for line in SMALL]
    (worker,) = run_workers(BIN, *flags, "--gin_file=gin/industry.gin", count=1)
    assert worker[0] == 1 and "--run_dir must be given with a strategy" in worker[1]


def test_error_directories_that_are_not_shared(tmp_path, finished):
    """Worker 1 sees no checkpoint where the chief sees one."""
    (tmp_path / "0").mkdir()
    (tmp_path / "0/run").symlink_to(finished / "run")
    (tmp_path / "1").mkdir()
    for status, text in run_workers(SCRIPT, tmp_path / "{}", EPOCHS + 1):
        assert status == 1, text[-3000:]
        assert "run_dir must be one directory that all workers see" in text
