"""Runs whose devices share a batch."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.training import strategies
from diffumin_tf.training.strategies import default, mirrored, multi_worker, tpu
from diffumin_tf.training.train import train
from tests.training.three_days import settings

SCRIPT = Path(__file__).with_name("mirrored_run.py")


@pytest.fixture
def no_tpu_made():
    strategies._tpu.cache_clear()
    yield
    strategies._tpu.cache_clear()


@pytest.mark.slow
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


def test_error_workers_of_parameter_servers_with_several_gpus(tmp_path, monkeypatch):
    kind = tf.distribute.ParameterServerStrategy
    monkeypatch.setattr(kind, "num_replicas_in_sync", 2)
    with pytest.raises(ValueError, match="must have one device each. Received: 2"):
        train(tmp_path, **settings(), strategy=kind.__new__(kind))


def test_default_is_one_device():
    assert default().num_replicas_in_sync == 1


@pytest.mark.parametrize("address, connects", [("grpc://10.0.0.2", 1), ("local", 0)])
def test_a_tpu_is_connected_and_made_ready_before_its_strategy(
    monkeypatch, no_tpu_made, address, connects
):
    calls = []

    def recorded(name):
        return lambda argument: calls.append((name, argument)) or name

    steps = [
        (tf.distribute.cluster_resolver, "TPUClusterResolver"),
        (tf.config, "experimental_connect_to_cluster"),
        (tf.tpu.experimental, "initialize_tpu_system"),
        (tf.distribute, "TPUStrategy"),
    ]
    for module, name in steps:
        monkeypatch.setattr(module, name, recorded(name))
    assert tpu(address) == "TPUStrategy"
    resolver, connect, *rest = (name for _, name in steps)
    names = [connect, *rest][1 - connects :]
    assert calls == [(resolver, address), *((name, resolver) for name in names)]


def test_error_no_tpu_is_named(monkeypatch, no_tpu_made):
    monkeypatch.delenv("TPU_NAME", raising=False)
    with pytest.raises(ValueError, match="can be reached. Received: '', .*: Please"):
        tpu()


def test_error_a_tpu_that_does_not_answer(monkeypatch, no_tpu_made):
    def fail(resolver):
        raise tf.errors.NotFoundError(None, None, "no TPU\nmore that nobody reads")

    monkeypatch.setattr(tf.tpu.experimental, "initialize_tpu_system", fail)
    with pytest.raises(ValueError, match="Received: 'local', .* says: no TPU$"):
        tpu("local")
