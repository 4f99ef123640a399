import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.data.numpy_map import map_numpy


def test_maps_in_order():
    squares = map_numpy(
        tf.data.Dataset.range(4),
        lambda n: {"n": np.array([n]), "half": np.full(n, 0.5, np.float32)},
        {"half": "float32", "n": "int64"},
    )
    assert squares.element_spec == {
        "half": tf.TensorSpec([None], tf.float32),
        "n": tf.TensorSpec([None], tf.int64),
    }
    found = list(squares.as_numpy_iterator())
    assert [int(element["n"][0]) for element in found] == [0, 1, 2, 3]
    assert found[2]["half"].tolist() == [0.5, 0.5]


def test_error_of_the_function_is_told():
    def fail(n):
        raise ValueError(f"no user {n}")

    with pytest.raises(tf.errors.InvalidArgumentError, match="no user 0"):
        next(iter(map_numpy(tf.data.Dataset.range(1), fail, {"n": "int64"})))


_UNFINISHED = """
import numpy as np, tensorflow as tf
from diffumin_tf.data.numpy_map import map_numpy

def slow(n):
    return {"n": np.sort(np.random.default_rng(n).random(200_000))}

numbers = tf.data.Dataset.range(10**9)
iterator = iter(map_numpy(numbers, slow, {"n": "float64"}).prefetch(8))
next(iterator)
raise SystemExit(3)
"""


@pytest.mark.slow
def test_program_ends_with_an_unfinished_iterator():
    command = [sys.executable, "-c", _UNFINISHED]
    # Ten minutes stand for a hang; the program takes seconds.
    assert subprocess.run(command, timeout=600, capture_output=True).returncode == 3
