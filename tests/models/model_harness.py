"""What holds for every model, whatever reads its long history.

A model's test file derives a class from `ModelHarness` and says how to make the model:

    class TestNewModel(ModelHarness):
        def make_model(self, embedding, **shared):
            return NewModel(embedding, NewLayer(dtype=embedding.dtype), **shared)
"""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.layers import FeatureEmbedding, PredictionTower, TransformerEncoder
from diffumin_tf.serving.held_out_requests import HeldOutRequests
from diffumin_tf.serving.sample_requests import sample_requests
from diffumin_tf.serving.self_check import check_export
from diffumin_tf.serving.servable import Servable
from diffumin_tf.training.evaluate import predict
from diffumin_tf.training.optimizers import LazyAdam
from diffumin_tf.training.recipe import Recipe
from tests.testing import in_graph, randomise
from tests.training.small_run import make_data

ROWS, DIM, FIELDS, LENGTH, SHORT = 30, 2, 2, 8, 3
LENGTHS = np.array([8, 5, 1, 0, 3, 8], "int32")
NOW = 1_700_000_000
LABELS = np.array([1, 0, 1, 1, 0, 0], "float64")


def make_batch(lengths=LENGTHS, seed=0):
    """Raw histories that end in padding, one for each row."""
    rng = np.random.default_rng(seed)
    size = len(lengths)
    padding = np.arange(LENGTH)[None] >= np.asarray(lengths)[:, None]
    history = rng.integers(1, ROWS, (size, LENGTH, FIELDS)).astype("int32")
    gaps = np.cumsum(2 ** rng.integers(0, 20, (size, LENGTH)), axis=1)
    history[padding], times = 0, np.where(padding, 0, NOW - gaps)
    return {
        "history": history,
        "history_time": times,
        "target": rng.integers(1, ROWS, (size, FIELDS)).astype("int32"),
        "other": rng.integers(1, ROWS, (size, 1)).astype("int32"),
        "user_key": np.arange(size) // 2,
        "impression_time": NOW + rng.integers(0, 99, size),
    }


def make_grouped(seed=2):
    """Windows of two stored histories, and the same behaviours one row each."""
    rng = np.random.default_rng(seed)
    stored = rng.integers(1, ROWS, (2, LENGTH + 4, FIELDS)).astype("int32")
    times = NOW - np.cumsum(2 ** rng.integers(0, 20, (2, LENGTH + 4)), axis=1)
    windows = {
        "user_index": np.array([0, 0, 1, 0, 1, 1], "int32"),
        "history_start": np.array([0, 4, 2, 1, 0, 11], "int32"),
        "history_length": np.array([8, 8, 0, 3, 8, 1], "int32"),
    }
    history, dense_times = make_batch()["history"] * 0, np.zeros((6, LENGTH), "int64")
    for row, (user, start, length) in enumerate(zip(*windows.values(), strict=True)):
        history[row, :length] = stored[user, start : start + length]
        dense_times[row, :length] = times[user, start : start + length]
    dense = {**make_batch(), "history": history, "history_time": dense_times}
    grouped = {**make_batch(), "history": stored, "history_time": times, **windows}
    return grouped, dense


def add_padding(inputs, count=5):
    """The batch with `count` more positions of padding."""
    longer = dict(inputs)
    longer["history"] = np.pad(inputs["history"], [(0, 0), (0, count), (0, 0)])
    longer["history_time"] = np.pad(inputs["history_time"], [(0, 0), (0, count)])
    return longer


def shapes(inputs):
    return {name: value.shape for name, value in inputs.items()}


@functools.cache
def _model_and_graph(harness):
    """One model for the tests that leave it as it is; tracing takes the time."""
    model = harness().tiny()
    return model, in_graph(model)


@functools.cache
def _small_world():
    """Data for all models of a process."""
    return make_data(num_users=6)


@functools.cache
def _test_split(with_time):
    return _small_world().split("test", with_time)


class ModelHarness:
    """The tests; a derived class named `Test...` defines `make_model`."""

    def make_model(self, embedding, **shared):
        """Returns the model, unbuilt, small, of the embedding's dtype."""
        raise NotImplementedError

    def tiny(self, dtype="float64"):
        """The model with random weights, built for `make_batch`'s fields."""
        embedding = FeatureEmbedding(ROWS, DIM, dtype=dtype)
        model = self.make_model(
            embedding,
            short_term_encoder=TransformerEncoder(1, dtype=dtype),
            tower=PredictionTower((5, 3), dtype=dtype),
            short_term_length=SHORT,
            dtype=dtype,
        )
        model.build(shapes(make_batch()))
        return randomise(model)

    @pytest.fixture
    def model(self):
        return _model_and_graph(type(self))[0]

    @pytest.fixture
    def score(self):
        """A function of a batch, traced once for each shape."""
        graph = _model_and_graph(type(self))[1]
        return lambda inputs: np.asarray(graph(inputs))

    @pytest.fixture
    def scores(self, score):
        scores = score(make_batch())
        assert len(np.unique(np.round(scores, 6))) == len(scores)
        return scores

    @pytest.mark.parametrize("said", [True, False])
    def test_padding(self, score, scores, said):
        inputs = add_padding(make_batch())
        if said:
            inputs["history_length"] = LENGTHS
        np.testing.assert_allclose(score(inputs), scores, atol=1e-12)

    def test_padding_in_training(self):
        found = []
        for inputs in (make_batch(), add_padding(make_batch())):
            model = self.tiny()
            key = np.arange(len(LENGTHS), dtype="uint32")
            logit = in_graph(model)({**inputs, "noise_key": key}, training=True)
            found.append([logit, *model.non_trainable_variables])
        for one, two in zip(*found, strict=True):
            np.testing.assert_allclose(one, two, atol=1e-12)

    def test_batch_order_and_size(self, score, scores):
        for order in ([5, 3, 0, 1, 4, 2], [3], [2, 0]):
            inputs = {name: value[order] for name, value in make_batch().items()}
            np.testing.assert_allclose(score(inputs), scores[order], atol=1e-12)

    def test_deduplicated_rows(self, model, score, scores):
        inputs = make_batch()
        rows = np.random.default_rng(1).permutation(np.arange(1, ROWS, dtype="int32"))
        rows = np.concatenate([[0], rows, [0, 0]]).astype("int32")
        places = np.argsort(rows[:ROWS]).astype("int32")
        ids = {n: places[inputs[n]] for n in ("history", "target", "other")}
        key = model.embed(inputs).noise_key
        found = score({**inputs, **ids, "rows": rows, "noise_key": key})
        np.testing.assert_allclose(found, scores, atol=1e-12)

    def grouped(self):
        """Rows that share stored histories, and the same with a history each."""
        return make_grouped()

    def test_grouping(self, score):
        grouped, dense = self.grouped()
        np.testing.assert_allclose(score(grouped), score(dense), atol=1e-12)

    def runs(self):
        """The same two, user by user, and the former without an index."""
        grouped, dense = self.grouped()
        order = np.argsort(grouped["user_index"], kind="stable")
        stored = ("history", "history_time", "history_size")
        runs = {n: v if n in stored else v[order] for n, v in grouped.items()}
        dense = {name: value[order] for name, value in dense.items()}
        return {n: v for n, v in runs.items() if n != "user_index"}, runs, dense

    def test_runs_of_equal_length_need_no_index(self, score):
        without, runs, _ = self.runs()
        np.testing.assert_allclose(score(without), score(runs), atol=1e-12)

    @pytest.mark.slow
    def test_training_is_the_same_however_rows_are_stored(self):
        """Three steps end with the same losses and weights, compiled ones too."""
        without, runs, dense = self.runs()
        wanted = self._train(dense)
        for found in (self._train(runs, jit_core=True), self._train(without)):
            for one, two in zip(found, wanted, strict=True):
                # float64 sums in another order, carried on by Adam.
                np.testing.assert_allclose(one, two, rtol=1e-6, atol=1e-9)

    def _train(self, inputs, jit_core=False):
        model = self.tiny()
        model.compile(LazyAdam(1e-2), jit_core=jit_core)
        model.optimizer.build(model.trainable_variables)
        inputs = {**inputs, "noise_key": np.arange(len(LABELS), dtype="int32")}
        step = tf.function(model.train_step, autograph=False)
        losses = [float(step((inputs, LABELS))["loss"]) for _ in range(3)]
        return [losses, *(variable.numpy() for variable in model.variables)]

    @pytest.mark.parametrize("lengths", [[0, 1, 8], [0], [1]], ids=str)
    def test_edges_have_finite_losses_and_gradients(self, lengths):
        model, inputs = self.tiny("float32"), make_batch(lengths)
        labels = tf.constant(LABELS[: len(lengths)], "float32")
        for scale in (1, 0):  # of every embedding, the targets' too
            model.embedding.table.assign(scale * model.embedding.table)
            with tf.GradientTape() as tape:
                outputs = model(inputs, training=True, return_intermediates=True)
                losses = model.compute_losses(outputs, labels, tf.ones_like(labels))
            values = [variable.value for variable in model.trainable_variables]
            found = tape.gradient(losses["loss"], values, unconnected_gradients="zero")
            assert all(np.isfinite(value) for value in losses.values())
            assert all(np.isfinite(tf.convert_to_tensor(g)).all() for g in found)

    def test_keras_file_and_checkpoint(self, model, score, tmp_path):
        wanted = score(make_batch())
        model.save(tmp_path / "model.keras")
        loaded = keras.models.load_model(tmp_path / "model.keras")
        np.testing.assert_allclose(loaded(make_batch()), wanted, atol=1e-12)
        path = tf.train.Checkpoint(model=model).save(str(tmp_path / "checkpoint"))
        fresh = self.tiny()
        fresh.set_weights([0 * value for value in fresh.get_weights()])
        tf.train.Checkpoint(model=fresh).restore(path).assert_existing_objects_matched()
        np.testing.assert_allclose(fresh(make_batch()), wanted, atol=1e-12)

    @pytest.mark.slow
    def test_export_scores_as_evaluation_does(self, tmp_path):
        def make(embedding):
            return self.make_model(
                embedding,
                short_term_encoder=TransformerEncoder(1),
                tower=PredictionTower((8,)),
                short_term_length=10,
            )

        data = _small_world()
        model = randomise(Recipe(data, make).build_model())
        servable = Servable(model, data.features, data.sequence_length)
        servable.save(tmp_path / "export")
        requests = HeldOutRequests(data.source, servable.inputs, "test", 120)
        samples = sample_requests(servable, requests, 10**6, num_candidates=9)
        wanted = predict(model, _test_split(model.reads_time))["score"]
        found = check_export(tmp_path / "export", samples, wanted)
        assert set(found) == {
            "serving_default",
            "serve_examples",
            "rank",
            "rank_encoded",
        }
        assert len(np.unique(np.round(wanted, 4))) > len(wanted) / 2


class RecentHarness:
    """Beside a model's tests: those of the same model on its recent behaviours."""

    num_recent = 4

    # The same code as for the whole history.
    test_training_is_the_same_however_rows_are_stored = None
    test_export_scores_as_evaluation_does = None
    test_edges_have_finite_losses_and_gradients = None

    def test_older_behaviours_change_nothing(self, score, scores):
        inputs = make_batch()
        inputs["history"][:, 4:] = np.where(inputs["history"][:, 4:] == 0, 0, 7)
        np.testing.assert_array_equal(score(inputs), scores)
