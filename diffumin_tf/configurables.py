"""What gin files may refer to and bind the arguments of.

Every layer and model that its package exports can be configured; so can what is
listed here, under the module that gin files may name to tell equal names apart.
"""

import keras

from diffumin_tf import data, layers, models
from diffumin_tf.data import alibaba, eleme, logs
from diffumin_tf.data.held_out_source import HeldOutSource
from diffumin_tf.data.popularity import item_click_rate, item_popularity
from diffumin_tf.data.world_yardsticks import (
    counts_of_last_100,
    counts_of_whole_history,
    true_click_rate,
)
from diffumin_tf.experiments.choice import Choice
from diffumin_tf.experiments.comparison import Comparison
from diffumin_tf.experiments.tuning import Tuning
from diffumin_tf.experiments.variant import Variant
from diffumin_tf.training.optimizers import LazyAdagrad, LazyAdam, SplitOptimizer
from diffumin_tf.training.parameter_server import parameter_server
from diffumin_tf.training.recipe import Recipe
from diffumin_tf.training.sharded_embedding import sharded_embedding
from diffumin_tf.training.strategies import default, mirrored, multi_worker, tpu
from diffumin_tf.training.train import train

CONFIGURABLES = {
    "diffumin_tf.layers": [getattr(layers, name) for name in layers.__all__],
    "diffumin_tf.models": [getattr(models, name) for name in models.__all__],
    "diffumin_tf.data": [
        data.ClickData,
        data.DataService,
        data.ElemeWorld,
        HeldOutSource,
        data.IndustryWorld,
        data.UserRecords,
        data.open_source,
        eleme.prepare_eleme,
        logs.ItemTable,
        logs.LogColumns,
        logs.NegativeSampling,
        logs.prepare_data,
        alibaba.prepare_alibaba,
        item_click_rate,
        item_popularity,
        counts_of_last_100,
        counts_of_whole_history,
        true_click_rate,
    ],
    "diffumin_tf.experiments": [Choice, Comparison, Tuning, Variant],
    "diffumin_tf.training": [
        LazyAdagrad,
        LazyAdam,
        Recipe,
        SplitOptimizer,
        default,
        mirrored,
        multi_worker,
        parameter_server,
        sharded_embedding,
        tpu,
        train,
    ],
    "keras.initializers": [
        keras.initializers.RandomUniform,
        keras.initializers.VarianceScaling,
        keras.initializers.Zeros,
    ],
    "keras.optimizers": [keras.optimizers.Adam],
    "keras.optimizers.schedules": [
        keras.optimizers.schedules.CosineDecay,
        keras.optimizers.schedules.ExponentialDecay,
    ],
}
