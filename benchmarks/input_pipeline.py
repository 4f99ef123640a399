"""What reading and preparing batches adds to training steps.

    python benchmarks/input_pipeline.py [--data_dir=DIR] [--sequence_length=5000]

Training steps fed from records on disk alternate, in one process, with the same steps
on the same batches held in memory. Each timed stretch of the pipeline starts anew, so
that nothing is prepared while the others run; its first steps are not timed. Printed:
the ratio with its spread. Without --data_dir a synthetic world is written first.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402
from absl import app, flags  # noqa: E402

from diffumin_tf.data import ClickData, IndustryWorld, UserRecords  # noqa: E402
from diffumin_tf.data.records import write_users  # noqa: E402
from diffumin_tf.models import DiffuMIN  # noqa: E402
from diffumin_tf.training.optimizers import LazyAdam, SplitOptimizer  # noqa: E402
from diffumin_tf.training.recipe import Recipe  # noqa: E402

DATA_DIR = flags.DEFINE_string("data_dir", None, "Users in the native format.")
NUM_USERS = flags.DEFINE_integer("num_users", 4000, "Users of the world.")
BATCH = flags.DEFINE_integer("batch_size", 256, "Impressions a batch.")
LENGTH = flags.DEFINE_integer("sequence_length", 5000, "Behaviours a history.")
PAIRS = flags.DEFINE_integer("pairs", 10, "Pairs of stretches.")
STEPS = flags.DEFINE_integer("steps", 8, "Timed steps of a stretch.")

_WARM_UP = 4  # Batches ahead of the timed ones, while the pipeline fills.


def make_step(recipe):
    """A function that runs one training step on a batch and waits for it."""
    model = recipe.build_model()
    model.compile(SplitOptimizer(LazyAdam(0.2), keras.optimizers.Adam(5e-4)))
    model.optimizer.build(model.trainable_variables)
    step = tf.function(model.train_step, reduce_retracing=True)
    return lambda batch: float(step(batch)["loss"])


def fed(step, data, epoch, num_steps):
    """Seconds of the timed steps fed by the pipeline, and their batches."""
    batches = iter(data.training(epoch))
    for _ in range(_WARM_UP):
        step(next(batches))
    start, held = time.perf_counter(), []
    for _ in range(num_steps):
        held.append(next(batches))
        step(held[-1])
    return time.perf_counter() - start, held


def from_memory(step, held):
    """Seconds of the same steps on batches in memory."""
    start = time.perf_counter()
    for batch in held:
        step(batch)
    return time.perf_counter() - start


def measure(directory, batch_size, sequence_length, pairs, num_steps):
    """Seconds a step fed by the records of a directory, and from memory, by pair.

    Args:
        directory: Users in the native format.
        batch_size: Impressions a batch.
        sequence_length: Behaviours a history.
        pairs: Pairs of stretches.
        num_steps: Timed steps of a stretch.
    """
    data = ClickData(UserRecords(directory), batch_size, sequence_length)
    step = make_step(Recipe(data, DiffuMIN))
    seconds = [], []
    for pair in range(-1, pairs):  # The first pair compiles.
        live, held = fed(step, data, pair + 1, num_steps)
        memory = from_memory(step, held)
        if pair >= 0:
            seconds[0].append(live / num_steps)
            seconds[1].append(memory / num_steps)
    return seconds


def write_world(folder, num_users):
    """Writes the users of a synthetic world; returns their directory."""
    world = IndustryWorld(num_users)
    users = map(world.user, range(world.num_users))
    write_users(f"{folder}/world", users, world.schema, 8)
    return f"{folder}/world"


def report(directory):
    """Prints the ratio for the records of a directory."""
    live, memory = measure(
        directory, BATCH.value, LENGTH.value, PAIRS.value, STEPS.value
    )
    ratios = [over / under for over, under in zip(live, memory, strict=True)]
    print(f"step {statistics.median(memory) * 1e3:.0f} ms on batches in memory")
    print(
        f"ratio {statistics.median(ratios):.3f} ({min(ratios):.3f}-{max(ratios):.3f}), "
        f"{PAIRS.value} pairs of {STEPS.value} steps"
    )


def main(_):
    """Measures the records named, or those of a world."""
    if DATA_DIR.value:
        return report(DATA_DIR.value)
    with tempfile.TemporaryDirectory() as folder:
        report(write_world(folder, NUM_USERS.value))


if __name__ == "__main__":
    app.run(main)
