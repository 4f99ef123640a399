"""Runs whose devices share a batch."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.training.strategies import mirrored, multi_worker
from diffumin_tf.training.train import train
from tests.training.three_days import settings

SCRIPT = Path(__file__).with_name("mirrored_run.py")


def test_a_run_on_two_devices_is_the_run_on_one(tmp_path):
    done = subprocess.run(
        [sys.executable, SCRIPT, tmp_path], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count("resuming from") == 2
    one, two = (np.load(tmp_path / f"{count}.npz") for count in (1, 2))
    assert set(one.files) == set(two.files)
    for name in one.files:
        # float64: sums in another order, carried on by Adam.
        np.testing.assert_allclose(
            two[name], one[name], rtol=1e-8, atol=1e-8, err_msg=name
        )


def test_a_process_has_one_strategy():
    assert mirrored(["CPU:0"]) is mirrored(["CPU:0"])


def test_error_no_peers(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    with pytest.raises(ValueError, match="TF_CONFIG must be .* Received: none"):
        multi_worker()


def test_error_tensorflow_has_computed_before(monkeypatch):
    task = {"type": "worker", "index": 0}
    config = {"cluster": {"worker": ["localhost:1"]}, "task": task}
    monkeypatch.setenv("TF_CONFIG", json.dumps(config))
    tf.constant(1) + 1
    with pytest.raises(ValueError, match="before TensorFlow computes anything"):
        multi_worker()


def test_error_no_such_device():
    with pytest.raises(ValueError, match="of this machine, .*CPU:0.*: 'GPU:7'"):
        mirrored(["CPU:0", "GPU:7"])


def test_error_a_batch_that_devices_cannot_share(tmp_path, monkeypatch):
    strategy = mirrored(["CPU:0"])
    monkeypatch.setattr(type(strategy), "num_replicas_in_sync", 3)
    with pytest.raises(ValueError, match="batch_size=4 for 3 devices"):
        train(tmp_path, **settings(), strategy=strategy)
