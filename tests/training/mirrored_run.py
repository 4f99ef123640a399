"""Trains the model of `three_days` on one device and on two.

A script, because how many devices a process has must be said before it uses one:
`python tests/training/mirrored_run.py directory` writes `1.npz` and `2.npz` there.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import keras
import numpy as np
import tensorflow as tf

from diffumin_tf.training.strategies import mirrored
from diffumin_tf.training.train import train
from tests.training.three_days import SumModel, settings

NAMES = ["CPU:0", "CPU:1"]


def main(directory):
    """Two epochs, the second one in a run that resumes."""
    cpu = tf.config.list_physical_devices("CPU")[0]
    parts = [tf.config.LogicalDeviceConfiguration() for _ in NAMES]
    tf.config.set_logical_device_configuration(cpu, parts)
    # One strategy for all: TensorFlow takes a second one's sums for those of the first.
    for count, strategy in ((1, None), (2, mirrored(NAMES))):
        for epochs in (1, 2):
            found = variables(directory / str(count), strategy, epochs)
        np.savez(directory / f"{count}.npz", **found)


def variables(run_dir, strategy, epochs):
    """What all variables hold after so many epochs, by name."""
    keras.utils.clear_session()  # Names are counted from the start for each.
    keras.config.set_dtype_policy("float64")
    made = []

    def make(embedding):
        made.append(SumModel(embedding))
        return made[0]

    arguments = settings(model=make)
    train(run_dir, **arguments, epochs=epochs, log_steps=2, strategy=strategy)
    (model,) = made
    every = model.variables + model.optimizer.variables
    return {variable.path: variable.numpy() for variable in every}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
