"""The dtypes that a recipe makes its models in."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.training.train import train
from tests.training.three_days import make_recipe, settings


def mixed():
    return dataclasses.replace(make_recipe(), dtype_policy="mixed_bfloat16")


def test_model_and_table_compute_in_bfloat16_and_keep_float32():
    model = mixed().build_model()
    parts = model, model.embedding, model.tower
    assert [part.compute_dtype for part in parts] == 3 * ["bfloat16"]
    assert {v.dtype for v in model.trainable_variables} == {"float32"}


def test_the_policy_holds_for_what_the_recipe_makes_alone():
    before = keras.config.dtype_policy().name
    mixed().build_model()
    assert keras.config.dtype_policy().name == before == "float32"
    assert make_recipe().new_model().compute_dtype == "float32"


def test_error_a_policy_that_loses_small_gradients():
    with pytest.raises(ValueError, match="dtype_policy must be.*: 'mixed_float16'"):
        dataclasses.replace(make_recipe(), dtype_policy="mixed_float16")


def newest(path):
    """What a run's newest checkpoint holds, by name."""
    checkpoint = tf.train.latest_checkpoint(path / "checkpoints")
    reader = tf.train.load_checkpoint(checkpoint)
    names = reader.get_variable_to_shape_map()
    return {n: reader.get_tensor(n) for n in names if n.startswith(("model", "optim"))}


@pytest.mark.slow
def test_a_mixed_run_resumes_to_the_same_bits(tmp_path):
    for name, stops in (("whole", [2]), ("resumed", [1, 2])):
        for epochs in stops:
            arguments = settings() | {"recipe": mixed()}
            train(tmp_path / name, **arguments, epochs=epochs)
    whole, resumed = (newest(tmp_path / name) for name in ("whole", "resumed"))
    assert set(whole) == set(resumed)
    for name, value in whole.items():
        np.testing.assert_array_equal(resumed[name], value, err_msg=name)
        assert value.dtype in ("float32", "int32", "int64")
