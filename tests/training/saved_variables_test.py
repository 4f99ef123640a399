"""Tests of names that a model and its checkpoint share, compiled or not."""

import pytest
import tensorflow as tf

from diffumin_tf.layers import FeatureEmbedding
from diffumin_tf.training.checkpoints import checkpoint_manager
from diffumin_tf.training.optimizers import LazyAdam
from diffumin_tf.training.run_directory import RunDirectory
from diffumin_tf.training.saved_variables import (
    model_shapes,
    saved_shapes,
    without_optimizer,
)
from tests.training.small_run import make_model


def built_model():
    model = make_model(FeatureEmbedding(30, 4, admission_count=2))
    shapes = {"history": (None, 120, 2), "target": (None, 2), "other": (None, 1)}
    model.build(shapes)
    return model


@pytest.fixture(scope="module")
def model():
    return built_model()


def test_every_variable_of_a_model_has_a_name(model):
    shapes = model_shapes(model)
    assert sorted(shapes.values()) == sorted(tuple(v.shape) for v in model.variables)
    assert shapes["embedding/table"] == (30, 4)
    assert shapes["embedding/sightings"] == (30,)


def test_a_checkpoint_has_the_same_names_however_it_was_saved(model, tmp_path):
    want = model_shapes(model)
    paths = [checkpoint_manager(RunDirectory(tmp_path / "one"), model).save()]
    compiled, optimizer = built_model(), LazyAdam()
    optimizer.build(compiled.trainable_variables)
    compiled.compile(optimizer)
    run = RunDirectory(tmp_path / "other")
    paths.append(checkpoint_manager(run, compiled, optimizer).save())
    for path in paths:
        assert saved_shapes(path, "model") == want
    assert model_shapes(compiled) == want
    assert saved_shapes(paths[0], "optimizer") == {}
    # A momentum and a velocity for each weight that is trained; two scalars.
    numbered = saved_shapes(paths[1], "optimizer")
    assert len(numbered) == 2 + 2 * len(model.trainable_variables)
    assert numbered["2"] == numbered["3"] == (30, 4)


def test_a_checkpoint_without_its_optimizer_leaves_the_optimizer_alone(model, tmp_path):
    compiled, optimizer = built_model(), LazyAdam(0.25)
    optimizer.build(compiled.trainable_variables)
    compiled.compile(optimizer)
    path = checkpoint_manager(RunDirectory(tmp_path), compiled, optimizer).save()
    tf.train.Checkpoint(model=without_optimizer(model)).restore(path)
    later = LazyAdam(0.5)
    later.build(model.trainable_variables)
    model.compile(later)
    assert float(later.learning_rate) == 0.5
    assert model.embedding.table.numpy().tolist() == (
        compiled.embedding.table.numpy().tolist()
    )


def test_error_a_file_that_ends_too_early(model, tmp_path):
    path = checkpoint_manager(RunDirectory(tmp_path), model).save()
    (data,) = tmp_path.glob("checkpoints/*.data*")
    data.write_bytes(data.read_bytes()[:100])
    with pytest.raises(tf.errors.DataLossError):
        saved_shapes(path, "model")
