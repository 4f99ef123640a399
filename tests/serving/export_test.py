import base64
import json
import subprocess
import sys
import textwrap

import keras
import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.data.schema import Schema
from diffumin_tf.layers import FeatureEmbedding, PredictionTower
from diffumin_tf.models import DIN
from diffumin_tf.serving.export import export
from diffumin_tf.serving.held_out_requests import HeldOutRequests
from diffumin_tf.serving.predict_request import make_predict_request
from diffumin_tf.serving.rest_request import parse_rest_request
from diffumin_tf.serving.sample_requests import sample_requests, tile
from diffumin_tf.serving.self_check import check_export, expected_scores
from diffumin_tf.serving.servable import Servable
from diffumin_tf.serving.warm_up import WARM_UP_FILE, read_warm_up
from diffumin_tf.training.checkpoints import restore_model
from diffumin_tf.training.evaluate import predict
from diffumin_tf.training.recipe import Recipe
from diffumin_tf.training.run_directory import RunDirectory
from tests.training.small_run import (
    make_data,
    make_model,
    make_recipe,
    write_untrained_run,
)

LENGTH = 120


@pytest.fixture(scope="module")
def version(tmp_path_factory):
    """An exported DiffuMIN."""
    path = tmp_path_factory.mktemp("run") / "run"
    write_untrained_run(path, make_recipe())
    RunDirectory(path).write_text("config.gin", "SEED = 0\n")
    return export(path, make_recipe())


@pytest.fixture(scope="module")
def trained(version):
    """The model that was exported."""
    model = make_recipe().build_model()
    restore_model(RunDirectory(version.parent.parent), model)
    return model


@pytest.fixture(scope="module")
def evaluated(trained):
    """What evaluation scores, in grouped batches, in the order of the requests."""
    return predict(trained, make_data().split("test"))["score"]


@pytest.fixture(scope="module")
def signatures(version):
    return tf.saved_model.load(str(version)).signatures


@pytest.fixture(scope="module")
def servable():
    recipe = make_recipe()
    return Servable(recipe.build_model(), recipe.data.features, LENGTH)


@pytest.fixture(scope="module")
def requests(servable):
    source = make_recipe().data.source
    return HeldOutRequests(source, servable.inputs, "test", LENGTH)


@pytest.fixture(scope="module")
def batch(requests):
    return requests.rows(10**6)


def scores(signature, inputs):
    tensors = {name: tf.constant(value) for name, value in inputs.items()}
    return signature(**tensors)["click_probability"].numpy()


@pytest.fixture(scope="module")
def score(signatures):
    return lambda inputs: scores(signatures["serving_default"], inputs)


@pytest.fixture(scope="module")
def samples(servable, requests):
    """A request to each signature."""
    return sample_requests(servable, requests, 10**6, num_candidates=7)


def rest_body(name, inputs):
    """The JSON of a request to TF Serving."""

    def plain(values):
        if values.dtype != object:
            return values.tolist()
        return [{"b64": base64.b64encode(value).decode()} for value in values]

    columns = {key: plain(values) for key, values in inputs.items()}
    return json.dumps({"signature_name": name, "inputs": columns})


def test_json_holds_what_messages_hold(signatures, samples):
    specs = {n: f.structured_input_signature[1] for n, f in signatures.items()}
    for name, inputs in samples.items():
        found = parse_rest_request(rest_body(name, inputs), specs).arrays
        assert set(found) == set(inputs)
        for key, values in inputs.items():
            np.testing.assert_array_equal(found[key], values)


@pytest.mark.slow
def test_messages_score_as_evaluation_does_without_this_package(
    version, evaluated, score, samples, tmp_path
):
    with tf.io.TFRecordWriter(str(tmp_path / "requests")) as writer:
        for name, inputs in samples.items():
            message = make_predict_request("diffumin", name, inputs)
            writer.write(message.SerializeToString())
            (tmp_path / f"{name}.json").write_text(rest_body(name, inputs))
    code = f"""
        import base64, json, pathlib, sys
        sys.modules["diffumin_tf"] = None  # any import of it fails
        import numpy as np
        import tensorflow as tf
        from tensorflow_serving.apis import predict_pb2, prediction_log_pb2
        signatures = tf.saved_model.load({str(version)!r}).signatures
        warm_up = {str(version / WARM_UP_FILE)!r}

        def answer(request):
            inputs = {{n: tf.make_ndarray(v) for n, v in request.inputs.items()}}
            tensors = {{n: tf.constant(value) for n, value in inputs.items()}}
            name = request.model_spec.signature_name
            found[name] = signatures[name](**tensors).get("click_probability", [])

        found = {{}}
        for record in tf.data.TFRecordDataset(warm_up).as_numpy_iterator():
            log = prediction_log_pb2.PredictionLog.FromString(record)
            answer(log.predict_log.request)
        assert set(found) == set(signatures)
        requests = tf.data.TFRecordDataset({str(tmp_path / "requests")!r})
        for record in requests.as_numpy_iterator():
            answer(predict_pb2.PredictRequest.FromString(record))

        def value(entry):
            return base64.b64decode(entry["b64"]) if type(entry) is dict else entry

        for path in pathlib.Path({str(tmp_path)!r}).glob("*.json"):
            body = json.loads(path.read_text())
            name = body["signature_name"]
            specs = signatures[name].structured_input_signature[1]
            tensors = {{
                n: tf.constant([value(v) for v in values], specs[n].dtype)
                for n, values in body["inputs"].items()
            }}
            scores = signatures[name](**tensors).get("click_probability", [])
            np.testing.assert_array_equal(scores, found[name])
        np.savez({str(tmp_path / "found.npz")!r}, **found)
    """
    subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], check=True, cwd=tmp_path
    )
    tiled = score(tile(samples["rank"]))
    wanted = {"serving_default": evaluated, "serve_examples": evaluated}
    wanted |= {"rank": tiled, "rank_encoded": tiled}
    with np.load(tmp_path / "found.npz") as found:
        for name, scores_of_rows in wanted.items():
            # Same operations in other batch shapes: float32 rounding, no more.
            np.testing.assert_allclose(found[name], scores_of_rows, atol=1e-6)


@pytest.mark.parametrize("count", [1, 7, 500])
def test_candidates_score_as_rows_do(signatures, score, requests, count):
    request = requests.rank(count)
    found = scores(signatures["rank"], request)
    assert found.shape == (count,)
    np.testing.assert_allclose(found, score(tile(request)), atol=1e-6)
    names = signatures["encode_user"].structured_input_signature[1]
    user = {name: tf.constant(request.pop(name)) for name in names}
    encoded = signatures["encode_user"](**user)
    found = scores(signatures["rank_encoded"], {**encoded, **request})
    np.testing.assert_allclose(found, score(tile({**request, **user})), atol=1e-6)


@pytest.mark.slow
def test_compiled_candidates_score_the_same(trained, requests, score, tmp_path):
    features = make_data().features
    Servable(trained, features, LENGTH, jit_compile=True).save(tmp_path)
    assert b"_XlaMustCompile" in (tmp_path / "saved_model.pb").read_bytes()
    loaded = tf.saved_model.load(str(tmp_path))
    request = requests.rank(7)
    found = scores(loaded.signatures["rank"], request)
    np.testing.assert_allclose(found, score(tile(request)), atol=1e-6)


def test_interests_are_those_of_the_model(trained, signatures, batch):
    inputs = next(iter(make_recipe(grouped=False).data.split("test")))[0]
    wanted = trained(inputs, return_intermediates=True)
    first = {n: tf.constant(v[: len(inputs["target"])]) for n, v in batch.items()}
    found = signatures["interests"](**first)
    names = {"channels", "interests", "augmented_interests", "short_term_interest"}
    assert set(found) == names
    for name in names:
        np.testing.assert_allclose(found[name], wanted[name], atol=1e-5)


def test_a_row_scores_the_same_alone_and_padded_otherwise(score, batch):
    together = score(batch)
    names = [name for name in batch if name.startswith("history_")]
    for row in range(3):
        alone = {name: value[row : row + 1] for name, value in batch.items()}
        longer = {n: np.pad(alone[n], ((0, 0), (0, 30))) for n in names}
        np.testing.assert_allclose(score(alone), together[row], atol=1e-6)
        got = score({**alone, **longer})
        np.testing.assert_allclose(got, together[row], atol=1e-6)


def test_short_and_empty_histories_are_served(score, batch):
    names = [name for name in batch if name.startswith("history_")]
    empty = {**batch, **{name: batch[name][:, :0] for name in names}}
    padded = {**batch, **{name: np.zeros_like(batch[name]) for name in names}}
    np.testing.assert_allclose(score(empty), score(padded))


def test_a_longer_history_keeps_its_recent_part(score, batch):
    names = [name for name in batch if name.startswith("history_")]
    older = {n: np.concatenate([batch[n], batch[n][:, :7]], axis=1) for n in names}
    # A row that is full keeps what it had; others would gain behaviours.
    full = (batch[names[0]] != 0).all(1)
    assert full.any()
    np.testing.assert_allclose(score({**batch, **older})[full], score(batch)[full])


@pytest.mark.slow
def test_a_model_that_draws_anew_is_exported_with_fixed_noise(tmp_path):
    def make_stochastic(embedding):
        model = make_model(embedding)
        model.generator.stochastic = True
        return model

    recipe = Recipe(make_data(), make_stochastic)
    write_untrained_run(tmp_path, recipe)
    # Otherwise no signature would score as the model did.
    assert export(tmp_path, recipe, num_checked=8, num_candidates=3).exists()


@pytest.mark.parametrize("name", ["rank", "rank_encoded"])
def test_the_candidates_of_two_users_are_refused(signatures, requests, name):
    request = requests.rank(4)
    twice = {n: np.repeat(v, 2, 0) if len(v) == 1 else v for n, v in request.items()}
    names = signatures["encode_user"].structured_input_signature[1]
    if name == "rank_encoded":
        user = {n: tf.constant(twice.pop(n)) for n in names}
        twice |= signatures["encode_user"](**user)
    with pytest.raises(tf.errors.InvalidArgumentError, match="hold one user"):
        scores(signatures[name], twice)


def test_ten_megabytes_of_history_are_cut(score, batch):
    names = [name for name in batch if name.startswith("history_")]
    full = (batch[names[0]] != 0).all(1).argmax()
    row = {name: value[full : full + 1] for name, value in batch.items()}
    longer = {name: np.tile(row[name], 3700) for name in names}
    assert sum(value.nbytes for value in longer.values()) > 10e6
    np.testing.assert_allclose(score({**row, **longer}), score(row))


def test_negative_ids_are_refused_by_name(score, batch):
    wrong = {**batch, "target_poi": -batch["target_poi"]}
    with pytest.raises(tf.errors.InvalidArgumentError, match="target/poi"):
        score(wrong)


def test_what_lies_beside_the_graph(version):
    extra = version / "assets.extra"
    schema = make_data().source.schema
    assert Schema.from_json((extra / "schema.json").read_text()) == schema
    assert (extra / "config.gin").read_text() == "SEED = 0\n"
    differences = json.loads((extra / "export_check.json").read_text())
    assert set(differences) == {
        "serving_default",
        "serve_examples",
        "rank",
        "rank_encoded",
    }
    assert max(differences.values()) <= 1e-5


def test_warm_up_requests_are_answered(version, signatures):
    found = dict(read_warm_up(version))
    assert set(found) == set(signatures)
    assert len(found["rank"]["target_poi"]) == 100
    for name, inputs in found.items():
        tensors = {n: tf.constant(value) for n, value in inputs.items()}
        assert signatures[name](**tensors)


@pytest.fixture(scope="module")
def din(tmp_path_factory):
    """The run of an untrained model that is exported in seconds."""

    def make_model(embedding):
        return DIN(embedding, tower=PredictionTower((4,)), short_term_length=5)

    def make_embedding(num_rows):
        return FeatureEmbedding(num_rows, 2)

    recipe = Recipe(make_data(num_users=4), make_model, make_embedding)
    path = tmp_path_factory.mktemp("din") / "run"
    write_untrained_run(path, recipe)
    return path, recipe


@pytest.mark.slow
def test_versions_count_up_and_the_newest_are_kept(din, tmp_path):
    for _ in range(3):
        path = export(*din, tmp_path / "base", keep_versions=2, num_checked=4)
    assert path == tmp_path / "base" / "3"
    names = sorted(path.name for path in (tmp_path / "base").iterdir())
    assert names == [".lock", "2", "3"]


@pytest.mark.slow
def test_an_export_that_scores_otherwise_is_not_published(din, tmp_path, monkeypatch):
    def other_scores(*arguments):
        return 0.9 * expected_scores(*arguments)

    monkeypatch.setattr("diffumin_tf.serving.export.expected_scores", other_scores)
    with pytest.raises(ValueError, match="must score as the trained model.*default"):
        export(*din, tmp_path / "base")
    assert [path.name for path in (tmp_path / "base").iterdir()] == [".lock"]


def test_counts_are_checked(din, tmp_path):
    with pytest.raises(ValueError, match="at least 1. Received: {'num_checked': 0}"):
        export(*din, tmp_path / "base", num_checked=0)


@pytest.mark.slow
def test_an_id_that_was_seen_too_rarely_scores_as_a_zero_row(tmp_path):
    recipe = make_recipe()
    data = recipe.data
    counting, plain = (make_din(recipe, admission_count=count) for count in (5, 0))
    pairs = zip(plain.trainable_weights, counting.trainable_weights, strict=True)
    for one, other in pairs:
        one.assign(other)
    admitted = np.random.default_rng(0).random(counting.embedding.num_rows) < 0.5
    counting.embedding.sightings.assign(np.where(admitted, 5, 4))
    servable = Servable(counting, data.features, LENGTH)
    servable.save(tmp_path / "export")
    unlike = predict(plain, data.split("test"))["score"]
    plain.embedding.table.assign(plain.embedding.table * admitted[:, None])
    wanted = predict(plain, data.split("test"))["score"]
    assert np.abs(unlike - wanted).max() > 0.01
    requests = HeldOutRequests(data.source, servable.inputs, "test", LENGTH)
    samples = sample_requests(servable, requests, 10**6, num_candidates=3)
    assert check_export(tmp_path / "export", samples, wanted)


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
