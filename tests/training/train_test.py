import dataclasses
import functools
import itertools
import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf import metrics
from diffumin_tf.data.click_data import ClickData
from diffumin_tf.layers import FeatureEmbedding, PredictionTower, TransformerEncoder
from diffumin_tf.models import DIN, DiffuMIN
from diffumin_tf.training import memory_check, training_loop
from diffumin_tf.training.evaluate import evaluate, report
from diffumin_tf.training.model_size import model_size
from diffumin_tf.training.recipe import Recipe
from diffumin_tf.training.run_directory import RunDirectory
from diffumin_tf.training.train import train
from tests.testing import file_size_limit
from tests.training.small_run import make_data, make_recipe, settings


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    path = tmp_path_factory.mktemp("run") / "finished"
    return path, train(
        path, **settings(), describe_config=lambda: "a = 1\n", log_steps=4
    )


def make_din(embedding):
    """A model that is made in seconds, where any will do."""
    return DIN(
        embedding,
        short_term_encoder=TransformerEncoder(1),
        tower=PredictionTower((16, 8)),
        short_term_length=10,
    )


def weights(path):
    """Every variable of a run's newest checkpoint, by name."""
    reader = tf.train.load_checkpoint(tf.train.latest_checkpoint(path / "checkpoints"))
    # The save counter tells how often a run was saved, not what it learned.
    names = [
        name
        for name in reader.get_variable_to_shape_map()
        if name.endswith("VARIABLE_VALUE") and "save_counter" not in name
    ]
    return {name: reader.get_tensor(name) for name in names}


class Killed(Exception):
    """Stands for a process that dies."""


class DyingData:
    """Data whose training epoch breaks off after some batches."""

    def __init__(self, data, batches):
        self._data = data
        self._batches = batches

    def __getattr__(self, name):
        return getattr(self._data, name)

    def training(self, *epoch):
        return _DyingDataset(self._data.training(*epoch), self._batches)


class _DyingDataset:
    def __init__(self, dataset, batches):
        self.element_spec = dataset.element_spec
        self._dataset, self._batches = dataset, batches

    def skip(self, done):
        return _DyingDataset(self._dataset.skip(done), self._batches - done)

    def __iter__(self):
        yield from self._dataset.take(self._batches)
        raise Killed


def test_run_leaves_metrics_versions_seeds_and_checkpoints(finished):
    path, results = finished
    assert json.loads((path / "metrics.json").read_text()) == results
    assert {"auc", "gauc", "log_loss", "bayes_auc", "ece"} <= set(results)
    assert {"reference_last_100_auc", "reference_whole_history_auc"} <= set(results)
    assert json.loads((path / "seeds.json").read_text())["train"] == 0
    assert (path / "config.gin").read_text() == "a = 1\n"
    assert (path / "versions.json").exists()
    assert list((path / "tensorboard").iterdir())
    size = json.loads((path / "model_size.json").read_text())
    assert size == model_size(make_recipe().build_model())
    assert json.loads((path / "speed.json").read_text())["examples_per_second"] > 0
    scores = RunDirectory(path).read_columns("scores-test.npz")
    assert metrics.auc(scores["label"], scores["score"]) == results["auc"]


def test_references_can_be_left_out(finished):
    path, results = finished
    scores = RunDirectory(path).read_columns("scores-test.npz")
    source = make_recipe().data.source
    found = report(scores, source, "test", with_references=False)
    assert found["auc"] == results["auc"]
    assert not [name for name in found if name.startswith("reference_")]


def test_evaluate_repeats_the_metrics_of_the_run(finished, tmp_path):
    path, results = finished
    (tmp_path / "metrics.json").write_text('{"auc": 0.6}')
    again = evaluate(path, make_recipe(), base_run=tmp_path)
    want = ((results["auc"] - 0.5) / 0.1 - 1) * 100
    assert again.pop("rela_impr") == pytest.approx(want)
    assert again == results


def assert_same_weights(path, other):
    found, want = weights(path), weights(other)
    assert found.keys() == want.keys()
    for name, value in found.items():
        np.testing.assert_array_equal(value, want[name], err_msg=name)


@pytest.mark.slow
def test_a_run_that_died_resumes_to_the_same_weights(finished, tmp_path):
    path, results = finished
    arguments = settings()
    dying = DyingData(arguments["recipe"].data, batches=5)
    arguments["recipe"] = dataclasses.replace(arguments["recipe"], data=dying)
    with pytest.raises(Killed):
        train(tmp_path, **arguments, checkpoint_steps=2)
    assert not list(tmp_path.glob("checkpoints/*_temp"))
    resumed = train(tmp_path, **settings(), checkpoint_steps=2)
    assert_same_weights(tmp_path, path)
    assert resumed == results


def fill_the_disk(monkeypatch):
    """Seen users are written, the second checkpoint, which goes with them, is not."""
    saves = iter([None])
    save = tf.train.CheckpointManager.save

    def fill(manager):
        limit = 2**40 if next(saves, 0) is None else 100_000
        with file_size_limit(limit):
            return save(manager)

    monkeypatch.setattr(tf.train.CheckpointManager, "save", fill)


@pytest.mark.slow
def test_a_full_disk_costs_neither_weights_nor_admission_counts(tmp_path, monkeypatch):
    def run(path):
        arguments = settings()
        counting = functools.partial(FeatureEmbedding, admission_count=5)
        arguments["recipe"] = Recipe(make_data(sequence_length=20), make_din, counting)
        return train(tmp_path / path, **arguments, checkpoint_steps=2)

    results = run("whole")
    with monkeypatch.context() as patch:
        fill_the_disk(patch)
        with pytest.raises(OSError):
            run("full")
    assert not list(tmp_path.glob("full/checkpoints/*_temp"))
    assert run("full") == results
    assert_same_weights(tmp_path / "full", tmp_path / "whole")
    want = weights(tmp_path / "whole")
    (sightings,) = (value for name, value in want.items() if "sightings" in name)
    assert sightings.max() > 5 > np.median(sightings[sightings > 0])


def copy_at_the_second_checkpoint(monkeypatch, copy):
    """Copies a run's directory as a kill would leave it then."""
    saves, save = itertools.count(1), tf.train.CheckpointManager.save

    def save_and_copy(manager):
        save(manager)
        if next(saves) == 2:
            shutil.copytree(Path(manager.directory).parent, copy)

    monkeypatch.setattr(tf.train.CheckpointManager, "save", save_and_copy)


@pytest.mark.slow
def test_a_compiled_run_resumes_to_the_same_bits_too(tmp_path, monkeypatch):
    def run(path):
        compiled = {"recipe": Recipe(make_data(), make_din), "jit_core": True}
        return train(tmp_path / path, **settings() | compiled, checkpoint_steps=2)

    with monkeypatch.context() as patch:
        copy_at_the_second_checkpoint(patch, tmp_path / "killed")
        results = run("whole")
    assert weights(tmp_path / "killed").keys() == weights(tmp_path / "whole").keys()
    assert not (tmp_path / "killed" / "metrics.json").exists()
    assert run("killed") == results
    assert_same_weights(tmp_path / "killed", tmp_path / "whole")


def test_a_run_too_large_for_the_machine_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(memory_check, "available_memory", lambda: 2**20)
    with pytest.raises(MemoryError, match="where 0.0 GiB are available"):
        train(tmp_path / "run", **settings())
    assert not list(tmp_path.iterdir())


def out_of_memory(*_):
    raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")


def test_memory_that_runs_out_in_a_step_or_in_scoring(finished, tmp_path, monkeypatch):
    monkeypatch.setattr(DiffuMIN, "train_step", out_of_memory)
    monkeypatch.setattr(DiffuMIN, "predict_step", out_of_memory)
    with pytest.raises(MemoryError, match="OOM when.*Lower BATCH_SIZE"):
        train(tmp_path, **settings(num_users=4))
    with pytest.raises(MemoryError, match="OOM when.*Lower BATCH_SIZE"):
        evaluate(finished[0], make_recipe())


def test_directory_of_another_configuration_is_refused(finished):
    path, _ = finished
    with pytest.raises(FileExistsError, match="config.gin holds another"):
        train(path, **settings(), describe_config=lambda: "a = 2\n")


@pytest.mark.slow
def test_training_stops_when_validation_stops_improving(tmp_path, capsys, monkeypatch):
    aucs = iter([0.6, 0.7, 0.65, 0.69, 0.9])
    monkeypatch.setattr(training_loop.metrics, "auc", lambda *_: next(aucs))
    arguments = settings()
    arguments["recipe"] = Recipe(make_data(num_users=4, validation_days=3), make_din)
    train(tmp_path, **arguments, epochs=9, patience=2, test_split=None)
    assert capsys.readouterr().out.count("validation AUC") == 4


def test_validation_is_the_end_of_the_training_split():
    data = make_data(validation_days=3)
    end = data.source.schema.splits["train"][1]
    cut = end - 3 * 86_400
    late = np.concatenate([b[0]["impression_time"] for b in data.validation()])
    early = np.concatenate([b[0]["impression_time"] for b in data.training()])
    assert early.max() < cut <= late.min() and late.max() < end
    assert make_data().validation() is None


def test_data_without_a_training_split_are_refused():
    source = make_data().source
    schema = dataclasses.replace(source.schema, splits={"test": (0, 9)})
    with pytest.raises(ValueError, match=r"must have a split 'train'.*\['test'\]"):
        ClickData(SimpleNamespace(schema=schema))


def test_learning_rate_schedule_and_clipping_are_the_optimisers(tmp_path):
    schedule = keras.optimizers.schedules.ExponentialDecay(1e-2, 1, 0.5)
    arguments = settings() | {"recipe": Recipe(make_data(num_users=4), make_din)}
    arguments["optimizer"] = keras.optimizers.Adam(schedule, global_clipnorm=1.0)
    train(tmp_path, **arguments, test_split=None)
    steps = int(arguments["optimizer"].iterations)
    assert float(arguments["optimizer"].learning_rate) == pytest.approx(
        1e-2 * 0.5**steps
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"epochs": 0}, "epochs=0"),
        ({"checkpoint_steps": 0}, "checkpoint_steps=0"),
        ({"patience": 1}, "patience=1 with validation_days=0"),
        ({"test_split": "dev"}, "split must be one of.*'dev'"),
    ],
)
def test_wrong_numbers_are_refused(arguments, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        train(tmp_path, **settings(num_users=4), **arguments)
