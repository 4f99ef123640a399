"""Trains a small DiffuMIN on one device and on two, and writes what came of each.

A script, because how many devices a process has must be said before it uses one:
`python tests/training/replica_numbers.py float64 one.npz two.npz`, or `one.npz` alone.
Where `TF_CONFIG` names two workers, this is one of them, with one file too.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import keras
import numpy as np
import tensorflow as tf

from diffumin_tf.training.optimizers import LazyAdam, SplitOptimizer
from diffumin_tf.training.strategies import multi_worker
from tests.models.diffumin_test import tiny
from tests.models.model_harness import LABELS, make_batch

NUM_STEPS, NUM_DEVICES = 20, 2


def main(dtype, *paths):
    """Writes losses, and every variable after the last step, by name."""
    for path, strategy in zip(paths, strategies(len(paths)), strict=True):
        np.savez(path, **train(strategy, dtype))


def strategies(count):
    """Those of one device and of two, or one alone; or that of this worker."""
    if "TF_CONFIG" in os.environ:
        return [multi_worker()]
    if count == 1:
        return [tf.distribute.get_strategy()]
    cpu = tf.config.list_physical_devices("CPU")[0]
    device = tf.config.LogicalDeviceConfiguration()
    tf.config.set_logical_device_configuration(cpu, [device] * NUM_DEVICES)
    names = [f"CPU:{number}" for number in range(NUM_DEVICES)]
    return [tf.distribute.get_strategy(), tf.distribute.MirroredStrategy(names)]


def train(strategy, dtype):
    """Losses of all steps, and what the variables hold then."""
    keras.utils.clear_session()  # Names are counted from the start for each.
    with strategy.scope():
        model = tiny(dtype)
        optimizer = SplitOptimizer(LazyAdam(0.05), LazyAdam(0.01))
        model.compile(optimizer, jit_core=True)
        optimizer.build(model.trainable_variables)

    @tf.function(autograph=False)
    def step(part):
        return strategy.run(model.train_step, args=(part,))

    losses = []
    for number in range(NUM_STEPS):
        found = step(distributed(strategy, number, dtype))
        names = sorted(found)
        first = (strategy.experimental_local_results(found[n])[0] for n in names)
        losses.append([float(value) for value in first])
    values = {v.path: v.numpy() for v in model.variables + optimizer.variables}
    return {"losses": losses, **values}


def distributed(strategy, number, dtype):
    """A step's batch: all of it for one device, or a part of its rows for each."""
    parts = [part(NUM_DEVICES * number + place, dtype) for place in range(NUM_DEVICES)]
    if strategy.num_replicas_in_sync == 1:
        return tf.nest.map_structure(lambda *some: tf.concat(some, 0), *parts)
    return strategy.experimental_distribute_values_from_function(
        lambda context: tf.nest.map_structure(
            tf.constant, parts[context.replica_id_in_sync_group]
        )
    )


def part(seed, dtype):
    """Some rows with labels and weights; users of two parts are the same."""
    dtype = "float64" if dtype == "float64" else "float32"
    weights = np.linspace(0.5, 1.5 + seed % 2, len(LABELS))
    return make_batch(seed=seed), LABELS.astype(dtype), weights.astype(dtype)


if __name__ == "__main__":
    main(*sys.argv[1:])
