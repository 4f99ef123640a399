"""Trains the model of `three_days` as one of several workers, or as the only one.

`python tests/training/worker_run.py directory epochs [index step]`: the run is
`directory/run`, what its variables hold goes to `directory/<index>.npz`; without
`TF_CONFIG` to `directory/alone.npz`. The worker of that index dies after that step.
"""

import json
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import keras
import numpy as np

from diffumin_tf.training.strategies import multi_worker
from diffumin_tf.training.train import train
from diffumin_tf.training.users_met import UsersMet
from tests.training.three_days import SumModel, settings


def main(directory, epochs, victim=None, step=0):
    """Trains, and writes the variables."""
    strategy, name = None, "alone"
    if "TF_CONFIG" in os.environ:
        strategy = multi_worker()
        name = str(json.loads(os.environ["TF_CONFIG"])["task"]["index"])
    if name == victim:
        die_after(int(step))
    keras.config.set_dtype_policy("float64")
    made = []

    def make(embedding):
        made.append(SumModel(embedding))
        return made[0]

    train(
        directory / ("run" if strategy else "alone"),
        **settings(model=make, validation_days=0.25) | {"jit_core": True},
        epochs=int(epochs),
        patience=10,
        checkpoint_steps=2,
        log_steps=2,
        strategy=strategy,
    )
    (model,) = made
    every = model.variables + model.optimizer.variables
    np.savez(directory / name, **{v.path: v.numpy() for v in every})


def die_after(step):
    """Has the process kill itself once it has done so many steps."""
    add, done = UsersMet.add, []

    def counted(self, keys):
        add(self, keys)
        done.append(keys)
        if len(done) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    UsersMet.add = counted


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
