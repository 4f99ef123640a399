"""Tests of the helpers that layers share."""

import keras
import pytest
import tensorflow as tf

from diffumin_tf.layers import NoiseSchedule
from diffumin_tf.layers.composition import component, precise_dtype, repeat


def test_component_keeps_an_instance():
    schedule = NoiseSchedule(7)
    assert component(schedule, NoiseSchedule) is schedule


def test_component_reads_a_saved_config():
    saved = keras.saving.serialize_keras_object(NoiseSchedule(7))
    assert component(saved, NoiseSchedule).num_steps == 7


def test_component_builds_its_default():
    assert component(None, NoiseSchedule, num_steps=9).num_steps == 9


@pytest.mark.parametrize(
    "dtype, wanted",
    [("bfloat16", "float32"), ("float32", "float32"), (tf.float64, "float64")],
)
def test_precise_dtype_is_float32_at_least(dtype, wanted):
    assert precise_dtype(dtype) == wanted


@pytest.mark.parametrize("jit", [False, True])
def test_repeat_counts_up_and_has_a_gradient(jit):
    @tf.function(jit_compile=jit)
    def run(start):
        with tf.GradientTape() as tape:
            tape.watch(start)
            # ((s·s + 0)² + 1)² + 2
            end = repeat(
                lambda index, state: state**2 + tf.cast(index, "float32"), 3, start
            )
        return end, tape.gradient(end, start)

    end, gradient = run(tf.constant(2.0))
    assert end == 17**2 + 2
    # 2·17 · 2·4 · 2·2
    assert gradient == 34 * 8 * 4
