"""Trains the model of `three_days` with a sharded table, or with one in one piece.

A script, because each task of a cluster is a process of its own:
`python tests/training/parameter_server_run.py directory` with the task's `TF_CONFIG`;
the chief writes `sharded.npz` there. Without a `TF_CONFIG` it writes `whole.npz`.
"""

import os
import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import keras
import numpy as np

from diffumin_tf.layers import FeatureEmbedding
from diffumin_tf.training.optimizers import LazyAdagrad, LazyAdam, SplitOptimizer
from diffumin_tf.training.parameter_server import parameter_server
from diffumin_tf.training.recipe import Recipe
from diffumin_tf.training.sharded_embedding import ShardedEmbedding
from diffumin_tf.training.train import train
from tests.training.three_days import SumModel, make_recipe

WHOLE, SHARDED = "whole", "sharded"
NUM_EPOCHS = 12


def main(directory):
    """An epoch, and more in a run that resumes."""
    sharded = "TF_CONFIG" in os.environ
    name = SHARDED if sharded else WHOLE
    strategy = parameter_server() if sharded else None
    keras.config.set_dtype_policy("float64")
    for epochs in (1, NUM_EPOCHS):
        found = variables(directory / name, strategy, epochs)
    np.savez(directory / f"{name}.npz", **found)


def variables(run_dir, strategy, epochs):
    """What all variables hold after so many epochs, by name."""
    made = []
    # One value, for the parts draw others than the whole would.
    settings = {"embedding_dim": 2, "embeddings_initializer": "ones", "name": "rows"}
    table = ShardedEmbedding if strategy else FeatureEmbedding
    if strategy:
        settings["num_shards"] = 4
    train(
        run_dir,
        Recipe(
            make_recipe().data,
            lambda embedding: made.append(SumModel(embedding)) or made[-1],
            partial(table, **settings),
        ),
        SplitOptimizer(LazyAdagrad(0.1), LazyAdam(0.01)),
        epochs=epochs,
        test_split=None,
        strategy=strategy,
    )
    (model,) = made
    model_variables = [v.numpy() for v in model.variables]
    kept = [v.numpy() for v in model.optimizer.variables]
    return {f"{n:02}": v for n, v in enumerate([*model_variables, *kept])}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
