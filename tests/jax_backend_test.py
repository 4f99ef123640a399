"""The layers on JAX, forward and backward, without TensorFlow."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests import backend_numbers

ROOT = Path(__file__).resolve().parents[1]
# Another interpreter may be named, of an environment that has JAX.
PYTHON = os.environ.get("DIFFUMIN_JAX_PYTHON", sys.executable)


def run(*arguments, **environment):
    return subprocess.run(
        arguments,
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_jax_gives_tensorflow_s_numbers(tmp_path):
    if run(PYTHON, "-c", "import jax").returncode:
        pytest.skip(f"jax is not installed for {PYTHON}")
    # In float32: Keras' operations on JAX do not keep float64.
    script, out = Path(backend_numbers.__file__), tmp_path / "jax.npz"
    done = run(PYTHON, script, out, "float32", KERAS_BACKEND="jax")
    assert done.returncode == 0, done.stderr[-3000:]
    found, wanted = np.load(out), backend_numbers.numbers("float32")
    assert set(found.files) == set(wanted)
    for name, value in wanted.items():
        scale = max(1.0, np.abs(value).max())
        np.testing.assert_allclose(
            found[name], value, rtol=0, atol=1e-4 * scale, err_msg=name
        )


def test_the_layers_import_neither_gin_nor_datasets():
    code = (
        "import diffumin_tf.layers, sys; "
        "assert 'gin' not in sys.modules and 'tensorflow_datasets' not in sys.modules"
    )
    done = run(sys.executable, "-c", code)
    assert done.returncode == 0, done.stderr[-3000:]
