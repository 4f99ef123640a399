"""What a large embedding table costs a training step.

    python benchmarks/table_size.py [--small_rows=100000] [--large_rows=20000000]

Two models in one process differ in the rows of their tables alone; their steps
alternate. Printed: the ratio of the whole training step (gather, compiled forward and
backward, lazy Adam) with its spread, large against small. Needs about 5 GiB.
"""

import os
import statistics
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from absl import app, flags  # noqa: E402

from diffumin_tf.layers import FeatureEmbedding  # noqa: E402
from diffumin_tf.models import DiffuMIN  # noqa: E402
from diffumin_tf.training.optimizers import LazyAdam  # noqa: E402

SMALL = flags.DEFINE_integer("small_rows", 100_000, "Rows of the small table.")
LARGE = flags.DEFINE_integer("large_rows", 20_000_000, "Rows of the large table.")
STEPS = flags.DEFINE_integer("steps", 15, "Timed steps of each model.")
BATCH = flags.DEFINE_integer("batch_size", 256, "Impressions a batch.")
LENGTH = flags.DEFINE_integer("sequence_length", 5000, "Behaviours a history.")

_USERS, _DISTINCT = 40, 65_536


def make_batch(num_rows, rng):
    """A grouped, deduplicated batch whose rows are spread over the whole table."""
    batch, length = BATCH.value, LENGTH.value
    rows = rng.choice(num_rows - 1, _DISTINCT - 1, replace=False) + 1
    user = np.sort(rng.integers(0, _USERS, batch))
    inputs = {
        "rows": np.concatenate([[0], rows]),
        "history": rng.integers(1, _DISTINCT, (_USERS, length, 3)),
        "target": rng.integers(1, _DISTINCT, (batch, 3)),
        "other": rng.integers(1, _DISTINCT, (batch, 3)),
        "user_index": user,
        "history_start": np.zeros(batch),
        "history_length": np.minimum(rng.lognormal(np.log(1200), 1, batch), length),
        "noise_key": np.zeros(batch),
    }
    inputs = {name: tf.cast(value, tf.int32) for name, value in inputs.items()}
    inputs["user_key"] = tf.cast(user, tf.int64)
    return inputs, tf.cast(rng.random(batch) < 0.16, tf.float32)


def make_step(num_rows):
    """A function that runs one training step and waits for it."""
    rng = np.random.default_rng(0)
    model = DiffuMIN(FeatureEmbedding(num_rows))
    data = make_batch(num_rows, rng)
    model.build({name: tuple(value.shape) for name, value in data[0].items()})
    model.compile(LazyAdam(1e-3))
    model.optimizer.build(model.trainable_variables)
    step = tf.function(model.train_step)
    return lambda: float(step(data)["loss"])


def main(_):
    """Times the two in turn."""
    sizes = SMALL.value, LARGE.value
    steps = [make_step(size) for size in sizes]
    for step in steps:
        step()  # compiles
    times = [[], []]
    for _ in range(STEPS.value):
        for step, seconds in zip(steps, times, strict=True):
            start = time.perf_counter()
            step()
            seconds.append(time.perf_counter() - start)
    for size, seconds in zip(sizes, times, strict=True):
        print(f"{size:>12,} rows  median {statistics.median(seconds) * 1e3:.0f} ms")
    ratios = [large / small for small, large in zip(*times, strict=True)]
    low, high = min(ratios), max(ratios)
    print(
        f"ratio {statistics.median(ratios):.3f} ({low:.3f}-{high:.3f}), "
        f"{STEPS.value} pairs of steps"
    )


if __name__ == "__main__":
    app.run(main)
