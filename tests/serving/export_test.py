import subprocess
import sys
import textwrap

import keras
import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.layers import FeatureEmbedding, PredictionTower
from diffumin_tf.models import DIN
from diffumin_tf.serving.export import export, save_servable
from diffumin_tf.training.checkpoints import restore_model
from diffumin_tf.training.evaluate import predict
from diffumin_tf.training.run_directory import RunDirectory
from diffumin_tf.training.train import train
from tests.serving.requests import requests
from tests.serving.requests import score_requests as score
from tests.training.small_run import make_recipe, settings


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    path = tmp_path_factory.mktemp("run") / "run"
    train(path, **settings(), test_split=None)
    return export(path, make_recipe())


@pytest.fixture(scope="module")
def evaluated(exported):
    """What evaluation scores, in grouped batches, in the order of the requests."""
    recipe = make_recipe()
    model = recipe.build_model()
    restore_model(RunDirectory(exported.parent), model)
    return predict(model, recipe.data.split("test"))["score"]


@pytest.fixture(scope="module")
def batch():
    source = make_recipe().data.source
    inputs = requests(source, source.schema.splits["test"])
    del inputs["history_time"]  # DiffuMIN does not read it
    return inputs


def test_scores_equal_evaluation_without_this_package(
    exported, evaluated, batch, tmp_path
):
    np.savez(tmp_path / "batch.npz", **batch)
    code = f"""
        import sys
        sys.modules["diffumin_tf"] = None  # any import of it fails
        import numpy as np
        import tensorflow as tf
        signature = tf.saved_model.load({str(exported)!r}).signatures["serving_default"]
        with np.load({str(tmp_path / "batch.npz")!r}) as batch:
            scores = signature(**{{n: tf.constant(batch[n]) for n in batch.files}})
        np.save({str(tmp_path / "scores.npy")!r}, scores["click_probability"])
    """
    subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], check=True, cwd=tmp_path
    )
    # Same operations in other batch shapes: float32 rounding, no more.
    np.testing.assert_allclose(np.load(tmp_path / "scores.npy"), evaluated, atol=1e-6)


def test_a_row_scores_the_same_alone_and_padded_otherwise(exported, batch):
    together = score(exported, batch)
    names = [name for name in batch if name.startswith("history_")]
    for row in range(3):
        alone = {name: value[row : row + 1] for name, value in batch.items()}
        longer = {n: np.pad(alone[n], ((0, 0), (0, 30))) for n in names}
        np.testing.assert_allclose(score(exported, alone), together[row], atol=1e-6)
        got = score(exported, {**alone, **longer})
        np.testing.assert_allclose(got, together[row], atol=1e-6)


def test_short_and_empty_histories_are_served(exported, batch):
    names = [name for name in batch if name.startswith("history_")]
    empty = {**batch, **{name: batch[name][:, :0] for name in names}}
    padded = {**batch, **{name: np.zeros_like(batch[name]) for name in names}}
    np.testing.assert_allclose(score(exported, empty), score(exported, padded))


def test_a_longer_history_keeps_its_recent_part(exported, batch):
    names = [name for name in batch if name.startswith("history_")]
    older = {n: np.concatenate([batch[n], batch[n][:, :7]], axis=1) for n in names}
    # A row that is full keeps what it had; others would gain behaviours.
    full = (batch[names[0]] != 0).all(1)
    assert full.any()
    np.testing.assert_allclose(
        score(exported, {**batch, **older})[full], score(exported, batch)[full]
    )


def test_negative_ids_are_refused_by_name(exported, batch):
    wrong = {**batch, "target_poi": -batch["target_poi"]}
    with pytest.raises(tf.errors.InvalidArgumentError, match="target/poi"):
        score(exported, wrong)


def test_an_id_that_was_seen_too_rarely_scores_as_a_zero_row(tmp_path, batch):
    recipe = make_recipe()
    counting, plain = (make_din(recipe, admission_count=count) for count in (5, 0))
    pairs = zip(plain.trainable_weights, counting.trainable_weights, strict=True)
    for one, other in pairs:
        one.assign(other)
    admitted = np.random.default_rng(0).random(counting.embedding.num_rows) < 0.5
    counting.embedding.sightings.assign(np.where(admitted, 5, 4))
    save_servable(counting, recipe.data.features, 120, tmp_path / "export")
    found = score(tmp_path / "export", batch)
    test = recipe.data.split("test")
    assert np.abs(found - predict(plain, test)["score"]).max() > 0.01
    plain.embedding.table.assign(plain.embedding.table * admitted[:, None])
    # The same operations in other batch shapes, as above.
    np.testing.assert_allclose(found, predict(plain, test)["score"], atol=1e-6)


def make_din(recipe, **kwargs):
    """An untrained model with embeddings large enough to tell in its scores."""
    keras.utils.set_random_seed(2)
    num_rows = recipe.data.features.num_rows
    embedding = FeatureEmbedding(
        num_rows,
        embeddings_initializer=keras.initializers.RandomNormal(stddev=1.0),
        **kwargs,
    )
    return recipe.build(DIN(embedding, tower=PredictionTower((16, 8))))


def test_existing_directory_is_refused(exported):
    with pytest.raises(FileExistsError, match="must be new"):
        export(exported.parent, make_recipe())


def test_a_failed_export_leaves_nothing(exported, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise OSError("No space left on device")

    monkeypatch.setattr("diffumin_tf.serving.export.os.replace", fail)
    with pytest.raises(OSError, match="No space"):
        export(exported.parent, make_recipe(), export_dir=tmp_path / "new")
    assert not list(tmp_path.iterdir())
