"""A run small enough for tests: a few users of the world, a tiny model."""

import keras
import numpy as np

from diffumin_tf.data import ClickData, IndustryWorld
from diffumin_tf.layers import (
    Denoiser,
    DiffusionGenerator,
    OMIELayer,
    PredictionTower,
    TransformerEncoder,
)
from diffumin_tf.models import DiffuMIN
from diffumin_tf.training.checkpoints import SEEN_USERS, checkpoint_manager
from diffumin_tf.training.optimizers import LazyAdam, SplitOptimizer
from diffumin_tf.training.recipe import Recipe
from diffumin_tf.training.run_directory import RunDirectory

BATCH_SIZE = 16


def make_data(num_users=20, sequence_length=120, **kwargs):
    return ClickData(
        IndustryWorld(num_users),
        batch_size=BATCH_SIZE,
        sequence_length=sequence_length,
        slack=32,
        **kwargs,
    )


def make_model(embedding):
    return DiffuMIN(
        embedding,
        omie=OMIELayer(2, sequence_length=120),
        generator=DiffusionGenerator(2, denoiser=Denoiser(1)),
        short_term_encoder=TransformerEncoder(1),
        tower=PredictionTower((16, 8)),
        short_term_length=10,
    )


def make_recipe(**data_arguments):
    return Recipe(make_data(**data_arguments), make_model)


def settings(**data_arguments):
    """Arguments of `train` beside the directory; fresh objects at each call."""
    return {
        "recipe": make_recipe(**data_arguments),
        "optimizer": SplitOptimizer(LazyAdam(1e-2), keras.optimizers.Adam(1e-3)),
        "jit_core": False,
    }


def write_untrained_run(path, recipe):
    """Leaves what scoring needs of a run, without the minute that training takes."""
    run = RunDirectory(path)
    keras.utils.set_random_seed(0)
    checkpoint_manager(run, recipe.build_model()).save()
    run.write_array(SEEN_USERS, np.array([1], np.int64))
