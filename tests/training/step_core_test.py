"""Several devices that share a step do what one device does with the joint batch."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from diffumin_tf.layers import DINAttention, FeatureEmbedding
from diffumin_tf.models import DIN
from diffumin_tf.training import replicas
from diffumin_tf.training.optimizers import LazyAdam
from tests.models.model_harness import DIM, LABELS, ROWS, SHORT, make_batch

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "tests/training/replica_numbers.py"


@pytest.mark.slow
@pytest.mark.parametrize(
    "dtype, tolerance",
    # A number of bfloat16 has 8 bits; the losses are means of some.
    [("float64", 1e-8), ("float32", 1e-4), ("mixed_bfloat16", 5e-3)],
)
def test_two_devices_are_one_with_the_joint_batch(tmp_path, dtype, tolerance):
    paths = [tmp_path / name for name in ("one.npz", "two.npz")]
    done = subprocess.run(
        [sys.executable, SCRIPT, dtype, *paths],
        env={**os.environ, "XLA_FLAGS": "--xla_backend_optimization_level=0"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    one, two = (np.load(path) for path in paths)
    assert set(one.files) == set(two.files) and len(one["losses"]) == 20
    # In float32 a rounding is enough for Adam to turn a step that starts at 0 around.
    compared = one.files if dtype == "float64" else ["losses"]
    for name in compared:
        np.testing.assert_allclose(
            two[name], one[name], rtol=tolerance, atol=tolerance, err_msg=name
        )


def test_error_batch_statistics_before_the_cut(monkeypatch):
    attention = DINAttention((3,), activation="dice")
    model = DIN(FeatureEmbedding(ROWS, DIM), attention, short_term_length=SHORT)
    model.compile(LazyAdam(0.01), jit_core=False)
    monkeypatch.setattr(replicas, "count", lambda: 2)
    with pytest.raises(ValueError, match="where several devices share.*moving_mean"):
        model.train_step((make_batch(), LABELS))
