"""Whole training steps of our models and of the straightforward formulation."""

import keras
import tensorflow as tf

from benchmarks import batches
from benchmarks.straightforward import Straightforward
from diffumin_tf.layers import DiffusionGenerator, FeatureEmbedding, OMIELayer
from diffumin_tf.models import DiffuMIN
from diffumin_tf.training.optimizers import LazyAdam, SplitOptimizer


def make_diffumin(workload):
    """Our model of a workload, not built."""
    return DiffuMIN(
        FeatureEmbedding(workload.num_rows, batches.EMBEDDING_DIM),
        OMIELayer(workload.num_channels),
        DiffusionGenerator(workload.num_sampling_steps, sampler=workload.sampler),
        short_term_length=workload.short_term_length,
    )


def build_ours(model, inputs):
    """Builds and compiles one of our models as `bin/train` does; returns it."""
    model.build({name: value.shape for name, value in inputs.items()})
    model.compile(SplitOptimizer(LazyAdam(1e-3), keras.optimizers.Adam(1e-3)))
    model.optimizer.build(model.trainable_variables)
    return model


def our_step(model, inputs, labels):
    """A callable: one training step on a batch of raw or of deduplicated ids."""
    step = tf.function(model.train_step, reduce_retracing=True)
    labels = tf.constant(labels)
    return lambda: float(step((inputs, labels))["loss"])


def build_straightforward(workload, inputs, jit):
    """Builds and compiles the straightforward formulation; returns it."""
    model = Straightforward(
        num_rows=workload.num_rows,
        num_channels=workload.num_channels,
        num_sampling_steps=workload.num_sampling_steps,
        short_term_length=workload.short_term_length,
    )
    model.build({name: value.shape for name, value in inputs.items()})
    model.compile(keras.optimizers.Adam(1e-3), jit_compile=jit)
    model.optimizer.build(model.trainable_variables)
    return model


def straightforward_step(workload, impressions, labels, jit):
    """A callable: one training step, the whole of it through XLA or nothing."""
    inputs = batches.to_tensors(batches.plain_inputs(impressions))
    model = build_straightforward(workload, inputs, jit)
    step = tf.function(model.train_step, jit_compile=jit, reduce_retracing=True)
    labels = tf.constant(labels)
    return lambda: float(step((inputs, labels))["loss"])


def plain_name(jit):
    """How the table calls the straightforward formulation."""
    return f"straightforward, jit {'on' if jit else 'off'}"
