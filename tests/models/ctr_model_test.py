import keras
import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.data.encoding import deduplicate
from diffumin_tf.layers import (
    Denoiser,
    DiffusionGenerator,
    FeatureEmbedding,
    OMIELayer,
    PredictionTower,
    TransformerEncoder,
)
from diffumin_tf.models import DIN, DiffuMIN
from diffumin_tf.models.ctr_model import click_loss
from diffumin_tf.training.distinct_rows import DistinctRows
from diffumin_tf.training.optimizers import LazyAdam

USERS, LENGTH, IDS = 24, 30, 60


def make_model(dtype="float32", **kwargs):
    keras.utils.set_random_seed(3)
    return DiffuMIN(
        FeatureEmbedding(IDS, 8, dtype=dtype),
        omie=OMIELayer(2, dtype=dtype),
        generator=DiffusionGenerator(2, denoiser=Denoiser(1, dtype=dtype), dtype=dtype),
        short_term_encoder=TransformerEncoder(1, dtype=dtype),
        tower=PredictionTower((16, 8), dtype=dtype),
        short_term_length=5,
        dtype=dtype,
        **kwargs,
    )


def make_batch(seed=0):
    rng = np.random.default_rng(seed)
    history = rng.integers(1, IDS, (USERS, LENGTH, 2)).astype("int32")
    lengths = rng.integers(0, LENGTH + 1, USERS).astype("int32")
    history[np.arange(LENGTH) >= lengths[:, None]] = 0
    batch = {
        "history": history,
        "history_length": lengths,
        "target": rng.integers(1, IDS, (USERS, 2)).astype("int32"),
        "other": rng.integers(1, IDS, (USERS, 1)).astype("int32"),
        "user_key": rng.integers(0, USERS // 2, USERS),
    }
    return batch, rng.integers(0, 2, USERS).astype("float32")


def make_din():
    """A model that is made in seconds, where any will do."""
    keras.utils.set_random_seed(3)
    return DIN(
        FeatureEmbedding(IDS, 8),
        short_term_encoder=TransformerEncoder(1),
        tower=PredictionTower((8,)),
        short_term_length=5,
    )


def ready(model, jit_core=False):
    """The model, built and compiled."""
    model.build({name: value.shape for name, value in make_batch()[0].items()})
    model.compile(LazyAdam(1e-2), jit_core=jit_core)
    model.optimizer.build(model.trainable_variables)
    return model


def train(model, step, steps=20):
    """Losses of a few training steps."""
    losses = []
    for _ in range(steps):
        for tracker in model.metrics:
            tracker.reset_state()
        results = step(make_batch())
        losses.append({name: float(value) for name, value in results.items()})
    return losses


@pytest.fixture(scope="module")
def compiled():
    """Losses, the model that they led to, and the step that was compiled."""
    model = ready(make_model(), jit_core=True)
    step = tf.function(model.train_step, autograph=False)
    return train(model, step), model, step


@pytest.fixture(scope="module")
def plain():
    model = ready(make_model())
    return train(model, tf.function(model.train_step, autograph=False)), model


def test_compiled_core_gives_the_same_losses(compiled, plain):
    for one, two in zip(compiled[0], plain[0], strict=True):
        # XLA fuses and so rounds differently; 20 steps of Adam carry that on.
        assert one == pytest.approx(two, rel=1e-4)
    assert plain[0][-1]["loss"] < plain[0][0]["loss"]


def everything(model):
    return [*model.variables, *model.optimizer.variables]


def test_same_seed_gives_the_same_bits(compiled):
    losses, model, step = compiled
    wanted = [variable.numpy() for variable in everything(model)]
    fresh = ready(make_model())
    # The compiled step takes them over: to compile another takes longest of all.
    for variable, start in zip(everything(model), everything(fresh), strict=True):
        variable.assign(start)
    assert train(model, step) == losses
    for variable, value in zip(everything(model), wanted, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)


@pytest.mark.slow
def test_training_moves_every_weight_that_an_equation_reaches():
    model = make_model()
    batch, labels = make_batch()
    model.build({name: value.shape for name, value in batch.items()})
    before = [v.numpy().copy() for v in model.trainable_variables]
    model.compile(LazyAdam(1e-2), jit_core=False)
    model.train_step((batch, labels))
    still = [
        variable.path
        for variable, old in zip(model.trainable_variables, before, strict=True)
        if np.array_equal(variable.numpy(), old)
    ]
    # One key: the softmax is 1 whatever the queries and keys of cross-attention are.
    assert all("cross_attention" in path for path in still)
    assert len(still) == 2


class SummingAdam(LazyAdam):
    """Lazy Adam that does not believe that rows are distinct."""

    def update_step(self, gradient, variable, learning_rate):
        if isinstance(gradient, tf.IndexedSlices):
            assert isinstance(gradient, DistinctRows)
            gradient = tf.IndexedSlices(gradient.values, gradient.indices)
        super().update_step(gradient, variable, learning_rate)


def test_rows_of_a_batch_move_as_if_they_were_summed():
    rows = tf.constant([0, 9, 4, 7, 0, 0, 0, 0])
    values = tf.random.normal((8, 8), seed=1) * tf.cast(rows[:, None] != 0, tf.float32)
    tables = []
    for optimizer in (LazyAdam(0.1), SummingAdam(0.1)):
        model = make_model()
        model.build({name: value.shape for name, value in make_batch()[0].items()})
        model.compile(optimizer)
        optimizer.build(model.trainable_variables)
        table = model.embedding.table
        still = [tf.zeros(v.shape) for v in model.trainable_variables if v is not table]
        for scale in (1.0, -0.5):
            model.update_weights(rows, values * scale, *still)
        tables.append(model.embedding.table.numpy())
    np.testing.assert_array_equal(*tables)


def test_every_row_before_the_filling_is_trained():
    model, (batch, labels) = ready(make_din()), make_batch()
    names = ("history", "target", "other")
    # All rows in descending order: padding is neither in front nor at the end.
    rows = np.append(np.arange(IDS)[::-1], [0, 0]).astype("int32")
    batch |= {name: IDS - 1 - batch[name] for name in names} | {"rows": rows}
    before = model.embedding.table.numpy()
    model.train_step((batch, labels))
    moved = (model.embedding.table.numpy() != before).any(axis=1)
    seen = {row for name in names for row in rows[batch[name]].ravel().tolist()}
    assert set(moved.nonzero()[0].tolist()) == seen - {0}
    assert IDS - 1 in seen and 1 in seen


def test_padding_row_is_never_trained(plain):
    model = plain[1]
    fresh = make_model()
    fresh.embedding.build()
    table = model.embedding.table.numpy()
    np.testing.assert_array_equal(table[0], fresh.embedding.table.numpy()[0])
    assert not np.array_equal(table[1:], fresh.embedding.table.numpy()[1:])


@pytest.mark.slow
def test_fit_takes_arrays_and_lowers_the_loss():
    batch, labels = make_batch()
    model = make_model()
    auc = keras.metrics.AUC(name="auc")
    model.compile(LazyAdam(1e-2), jit_core=False, metrics=[auc])
    history = model.fit(batch, labels, batch_size=12, epochs=4, verbose=0).history
    assert history["click_loss"][-1] < history["click_loss"][0]
    assert {"loss", "diffusion_loss", "contrastive_loss", "auc"} <= set(history)


@pytest.mark.slow
def test_keras_file_and_checkpoint_give_the_same_outputs(tmp_path, plain):
    model = plain[1]
    batch, _ = make_batch(seed=1)
    want = model(batch).numpy()
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(batch).numpy(), want)
    path = tf.train.Checkpoint(model=model).save(str(tmp_path / "checkpoint"))
    fresh = make_model()
    fresh.build({name: value.shape for name, value in batch.items()})
    tf.train.Checkpoint(model=fresh).restore(path).expect_partial()
    np.testing.assert_array_equal(fresh(batch).numpy(), want)


def test_deduplicated_batch_scores_the_same(plain):
    model = plain[1]
    batch, _ = make_batch()
    want = model(batch).numpy()
    key = model.embed(batch).noise_key
    names = ("history", "target", "other")
    rows, positions = deduplicate([tf.constant(batch[name]) for name in names])
    remapped = {**batch, **dict(zip(names, positions, strict=True)), "rows": rows}
    with pytest.raises(ValueError, match="needs 'noise_key'"):
        model(remapped)
    np.testing.assert_array_equal(model({**remapped, "noise_key": key}).numpy(), want)


def test_probability_undoes_negative_sampling():
    model = make_model(sample_rate=0.1)
    # A click probability of 1/2 among a tenth of the negatives is 1/11 among all.
    np.testing.assert_allclose(model.probability(np.zeros(1, "float32")), 1 / 11)
    assert make_model().probability(np.zeros(1, "float32")) == 0.5


def test_click_loss_is_a_weighted_mean():
    labels, logit = np.array([1.0, 0.0], "float32"), np.array([0.0, 2.0], "float32")
    loss = click_loss(labels, logit, np.array([3.0, 1.0], "float32"))
    want = (3 * np.log(2) + np.log(1 + np.exp(2))) / 4
    np.testing.assert_allclose(loss, want, rtol=1e-6)  # float32


def test_weights_reach_the_loss():
    batch, labels = make_batch()
    results = []
    for weights in (np.ones(USERS), np.arange(USERS)):
        model = ready(make_din())
        data = batch, labels, weights.astype("float32")
        results.append(float(model.train_step(data)["click_loss"]))
    assert results[0] != results[1]


@pytest.mark.parametrize("rate", [0, 1.5])
def test_sample_rate_must_be_a_share(rate):
    with pytest.raises(ValueError, match=f"sample_rate.*{rate}"):
        make_model(sample_rate=rate)


def test_short_histories_are_a_configuration_error():
    model = make_model()
    with pytest.raises(ValueError, match="short_term_length=5, histories of 4"):
        model.build({"history": (None, 4, 2), "target": (None, 2)})
