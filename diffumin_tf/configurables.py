"""What gin files may refer to and bind the arguments of.

To make a class or function configurable, list it here under the module that gin
files may name to tell equal names apart.
"""

import keras

from diffumin_tf import data, layers, models
from diffumin_tf.serving.export import export
from diffumin_tf.training.evaluate import evaluate
from diffumin_tf.training.optimizers import LazyAdagrad, LazyAdam, SplitOptimizer
from diffumin_tf.training.train import train

CONFIGURABLES = {
    "diffumin_tf.layers": [
        layers.FeatureEmbedding,
        layers.OMIELayer,
        layers.ChannelPerField,
        layers.NoiseSchedule,
        layers.Denoiser,
        layers.DiffusionGenerator,
        layers.ContrastiveCalibrator,
        layers.TransformerEncoder,
        layers.PredictionTower,
    ],
    "diffumin_tf.models": [models.DiffuMIN],
    "diffumin_tf.data": [
        data.ClickData,
        data.IndustryWorld,
        data.UserRecords,
        data.open_source,
    ],
    "diffumin_tf.training": [
        LazyAdagrad,
        LazyAdam,
        evaluate,
        SplitOptimizer,
        train,
    ],
    "diffumin_tf.serving": [export],
    "keras.initializers": [keras.initializers.RandomUniform],
    "keras.optimizers": [keras.optimizers.Adam],
    "keras.optimizers.schedules": [
        keras.optimizers.schedules.CosineDecay,
        keras.optimizers.schedules.ExponentialDecay,
    ],
}
