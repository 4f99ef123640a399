"""The dtypes that a recipe makes its models in."""

import dataclasses

import keras
import pytest

from tests.training.three_days import make_recipe


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
