"""Tests of admission: against plain loops, in files, and in what a step reads."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.layers import FeatureEmbedding
from diffumin_tf.layers.row_histories import row_histories
from diffumin_tf.models.ctr_model import CTRModel
from diffumin_tf.models.row_admission import keep_admitted
from diffumin_tf.training.optimizers import LazyAdagrad, LazyAdam, SplitOptimizer

ROWS, DIM, FIELDS, COUNT, STEPS = 40, 2, 2, 3, 8
# Keras rounds what it keeps of an optimiser's settings to float32; the rest is float64.
DENSE_RATE, INITIAL = np.float32([3e-4, 0.1]).astype(float).tolist()
TABLE_RATE = 10.0
KERNEL = 0.125  # so that a rate of 10 leaves logits within a few units of 0
BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-7


@keras.saving.register_keras_serializable("row_admission_test")
class LinearModel(CTRModel):
    """Logit = kernel · (the sum of all behaviours + the target)."""

    def build(self, input_shape):
        self.embedding.build()
        width = input_shape["target"][-1] * self.embedding.embedding_dim
        small = keras.initializers.Constant(KERNEL)
        self.kernel = self.add_weight(shape=(width, 1), initializer=small)
        self.built = True

    def read_rows(self, batch, training):
        total = keras.ops.sum(batch.history, axis=1)
        total = row_histories(total, batch.target, batch.user_index) + batch.target
        return {"logit": (total @ self.kernel)[:, 0]}

    def join_rows(self, rows, training):
        return {}


def make_batches(seed=0):
    """A few steps; low ids are common, high ones rare."""
    rng = np.random.default_rng(seed)
    for _ in range(STEPS):
        ids = 1 + (rng.random((3, 5, FIELDS)) ** 3 * (ROWS - 1)).astype("int32")
        ids[0, 3:] = 0
        batch = {"history": ids[:, 1:], "target": ids[:, 0]}
        yield batch, rng.integers(0, 2, 3).astype("float64")


def make_model(count=COUNT, jit_core=False, **kwargs):
    kwargs |= {"admission_count": count, "dtype": "float64"}
    embedding = FeatureEmbedding(ROWS, DIM, "zeros", **kwargs)
    model = LinearModel(embedding, dtype="float64")
    model.build({"history": (3, 4, FIELDS), "target": (3, FIELDS)})
    optimizer = SplitOptimizer(LazyAdagrad(TABLE_RATE), LazyAdam(DENSE_RATE))
    model.compile(optimizer, jit_core=jit_core)
    optimizer.build(model.trainable_variables)
    return model


def state(model):
    table, dense = model.optimizer.optimizers
    found = {
        "table": model.embedding.table,
        "sightings": model.embedding.sightings,
        "kernel": model.kernel,
        "accumulator": table._accumulators[0],
        "first": dense._momentums[0],
        "second": dense._velocities[0],
    }
    return {name: variable.numpy() for name, variable in found.items()}


class PlainLoops:
    """The same training, id by id: Adagrad for admitted rows, Adam for the kernel."""

    def __init__(self, trains_padding):
        self.trains_padding = trains_padding
        self.table = np.zeros((ROWS, DIM))
        self.accumulator = np.full((ROWS, DIM), INITIAL)
        self.sightings = np.zeros(ROWS, int)
        self.kernel = np.full((FIELDS * DIM, 1), KERNEL)
        self.first, self.second = np.zeros((2, FIELDS * DIM, 1))
        self.steps = 0

    def step(self, batch, labels):
        ids = np.concatenate([batch["history"], batch["target"][:, None]], axis=1)
        for row in set(ids.ravel().tolist()) - {0}:
            self.sightings[row] += 1
        inputs = np.array([self._total(behaviours) for behaviours in ids])
        logit = (inputs @ self.kernel)[:, 0]
        slope = (1 / (1 + np.exp(-logit)) - labels) / len(labels)
        gradient = np.zeros((ROWS, DIM))
        for row, behaviours in zip(slope, ids, strict=True):
            for field, one in self._admitted(behaviours):
                gradient[one] += row * self.kernel[field * DIM : (field + 1) * DIM, 0]
        self._move_table(gradient)
        self._move_kernel(inputs.T @ slope[:, None])
        return np.mean(np.logaddexp(0, logit) - labels * logit)

    def _admitted(self, behaviours):
        for behaviour in behaviours:
            for field, one in enumerate(behaviour):
                seen = self.sightings[one] >= COUNT
                if self.trains_padding if one == 0 else seen:
                    yield field, one

    def _total(self, behaviours):
        total = np.zeros((FIELDS, DIM))
        for field, one in self._admitted(behaviours):
            total[field] += self.table[one]
        return total.ravel()

    def _move_table(self, gradient):
        self.accumulator += gradient**2
        self.table -= TABLE_RATE * gradient / np.sqrt(self.accumulator + EPSILON)

    def _move_kernel(self, gradient):
        self.steps += 1
        self.first = BETA_1 * self.first + (1 - BETA_1) * gradient
        self.second = BETA_2 * self.second + (1 - BETA_2) * gradient**2
        # Keras takes the powers of the float32 betas.
        bias_1, bias_2 = 1 - np.float32([BETA_1, BETA_2]).astype(float) ** self.steps
        rate = DENSE_RATE * np.sqrt(bias_2) / bias_1
        self.kernel -= rate * self.first / (np.sqrt(self.second) + EPSILON)


@pytest.mark.parametrize(
    ("jit_core", "trains_padding"), [(False, False), (True, False), (False, True)]
)
def test_training_is_that_of_plain_loops(jit_core, trains_padding):
    model = make_model(jit_core=jit_core, trains_padding=trains_padding)
    plain = PlainLoops(trains_padding)
    step = tf.function(model.train_step)
    moved = []
    for batch, labels in make_batches():
        model.reset_metrics()
        loss = float(step((batch, labels))["click_loss"])
        assert loss == pytest.approx(plain.step(batch, labels), rel=1e-6)  # a float32
        for name, found in state(model).items():
            wanted = getattr(plain, name)
            np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)
        moved.append((model.embedding.table.numpy() != 0).any(axis=1))
    assert moved[0][0] == trains_padding  # padding needs no sightings
    # Worth the name of a test: nothing at first, rows that come in later, and rows
    # that were seen but never often enough.
    assert not moved[COUNT - 2][1:].any() and moved[COUNT - 1][1:].any()
    assert (moved[-1] & ~moved[COUNT - 1]).any()
    rare = (plain.sightings > 0) & (plain.sightings < COUNT)
    assert rare.any() and not moved[-1][rare].any()
    accumulator = state(model)["accumulator"]
    np.testing.assert_array_equal(accumulator[rare], INITIAL)


def test_scoring_reads_the_counts_and_leaves_them():
    model = trained()
    before = state(model)["sightings"]
    batch, labels = next(make_batches(seed=1))
    scores = model.predict_step((batch,))
    model.test_step((batch, labels))
    np.testing.assert_array_equal(state(model)["sightings"], before)
    np.testing.assert_array_equal(scores, zeroed(model).predict_step((batch,)))


def trained():
    model = make_model()
    for data in make_batches():
        model.train_step(data)
    # As if all had once been trained: else a row that is not admitted is zero anyway.
    model.embedding.table.assign(model.embedding.table + 0.1)
    return model


def zeroed(model):
    """The same model without counts, its table zero where a row is not admitted."""
    other, found = make_model(count=0), state(model)
    admitted = found["sightings"] >= COUNT
    assert 2 < admitted.sum() < ROWS - 2
    other.embedding.table.assign(found["table"] * admitted[:, None])
    other.kernel.assign(found["kernel"])
    return other


def test_ids_and_distinct_rows_score_the_same():
    model = trained()
    batch, labels = next(make_batches(seed=1))
    distinct, _, _ = model._unpack((batch, labels))
    wanted = zeroed(model)(batch)
    np.testing.assert_array_equal(model(batch), wanted)
    np.testing.assert_array_equal(model(distinct), wanted)


def test_keras_file_and_checkpoint_hold_the_counts(tmp_path):
    model = trained()
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    path = tf.train.Checkpoint(model=model).save(str(tmp_path / "checkpoint"))
    restored = make_model()
    tf.train.Checkpoint(model=restored).restore(path).expect_partial()
    batch, _ = next(make_batches(seed=1))
    for other in (loaded, restored):
        assert other.embedding.admission_count == COUNT
        assert state(other)["sightings"].any()
        for name in ("sightings", "table"):
            np.testing.assert_array_equal(state(other)[name], state(model)[name])
        np.testing.assert_array_equal(other(batch), model(batch))


def test_a_loaded_file_trains_on_to_the_same_bits(tmp_path):
    model = trained()
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    for data in make_batches(seed=1):
        model.train_step(data)
        loaded.train_step(data)
    for name, found in state(loaded).items():
        np.testing.assert_array_equal(found, state(model)[name], err_msg=name)


def test_a_shared_history_counts_like_its_copies():
    batch, labels = next(make_batches())
    index = np.array([0, 0, 1], "int32")
    shared = {**batch, "history": batch["history"][:2], "user_index": index}
    copied = {**batch, "history": batch["history"][index]}
    counts = []
    for inputs in (shared, copied):
        model = make_model()
        model.train_step((inputs, labels))
        counts.append(state(model)["sightings"])
    np.testing.assert_array_equal(*counts)
    assert set(counts[0].tolist()) == {0, 1} and counts[0][0] == 0


def test_a_step_reads_and_writes_only_the_batch_s_counts():
    model = make_model()
    graph = tf.function(model.train_step).get_concrete_function(next(make_batches()))
    handle = model.embedding.sightings.value.handle
    inside = [inner for outer, inner in graph.graph.captures if outer is handle]
    users = {operation.type for tensor in inside for operation in tensor.consumers()}
    assert users == {"ResourceScatterAdd", "ResourceGather"}


def test_rows_that_are_not_admitted_are_dropped():
    model = make_model()
    model.embedding.sightings.assign(np.where(np.arange(ROWS) % 2, COUNT, COUNT - 1))
    rows, gradients = keep_admitted(
        model.embedding,
        tf.constant([0, 4, 7, 2, 3]),
        tf.constant([[0], [1], [2], [3], [4]]),
    )
    np.testing.assert_array_equal(rows, [0, 7, 3])
    np.testing.assert_array_equal(gradients, [[0], [2], [4]])
