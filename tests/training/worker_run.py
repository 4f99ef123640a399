"""Trains the model of `three_days` as one of several worker processes, or alone.

`python tests/training/worker_run.py directory epochs` is worker `TF_CONFIG` of a run
in `directory/run`; it writes what its variables hold into `directory/<index>.npz`.
Without `TF_CONFIG` it is the only one, `directory/alone.npz`.
"""

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import keras
import numpy as np

from diffumin_tf.training.strategies import multi_worker
from diffumin_tf.training.train import train
from tests.training.three_days import SumModel, settings


def main(directory, epochs, patience=None):
    """Trains, and writes the variables."""
    strategy, name = None, "alone"
    if "TF_CONFIG" in os.environ:
        strategy = multi_worker()
        name = str(json.loads(os.environ["TF_CONFIG"])["task"]["index"])
    keras.config.set_dtype_policy("float64")
    made = []

    def make(embedding):
        made.append(SumModel(embedding))
        return made[0]

    arguments = settings(model=make) | {"jit_core": True}
    run_dir = directory / ("run" if strategy else "alone")
    train(run_dir, **arguments, epochs=int(epochs), strategy=strategy)
    (model,) = made
    every = model.variables + model.optimizer.variables
    np.savez(directory / name, **{v.path: v.numpy() for v in every})


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
