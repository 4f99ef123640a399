"""Properties of the whole model: what a score hangs on, gradients, edges, flags."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.layers import (
    ContrastiveCalibrator,
    Denoiser,
    DiffusionGenerator,
    FeatureEmbedding,
    NoiseSchedule,
    OMIELayer,
    PredictionTower,
    TransformerEncoder,
)
from diffumin_tf.models import DiffuMIN
from diffumin_tf.training.optimizers import LazyAdam
from tests.models.model_harness import (
    DIM,
    FIELDS,
    LABELS,
    ROWS,
    SHORT,
    ModelHarness,
)
from tests.models.model_harness import make_batch as batch
from tests.testing import in_graph, randomise

_COMPUTED = {"float32": "float32", "mixed_bfloat16": "bfloat16"}


def tiny(dtype="float64", omie=None, **options):
    """A model of width 4 with random weights, built for `batch`'s fields."""
    model = DiffuMIN(
        FeatureEmbedding(ROWS, DIM, dtype=dtype),
        OMIELayer(**{"num_channels": 2, "top_share": 0.4, **(omie or {})}, dtype=dtype),
        DiffusionGenerator(
            3, NoiseSchedule(10, beta_end=0.3), Denoiser(1, dtype=dtype), dtype=dtype
        ),
        ContrastiveCalibrator(0.5, dtype=dtype),
        short_term_encoder=TransformerEncoder(1, dtype=dtype),
        tower=PredictionTower((5, 3), dtype=dtype),
        short_term_length=SHORT,
        dtype=dtype,
        **options,
    )
    model.build({name: value.shape for name, value in batch().items()})
    return randomise(model)


def scorer(model):
    """A function of a batch, traced once for each shape."""
    graph = in_graph(model)
    return lambda inputs: np.asarray(graph(inputs))


def losses_and_gradients(model, inputs, labels):
    """A function of nothing, on a fixed draw of the noise."""
    keys = np.arange(len(labels), dtype="uint32")
    noise = model.generator.draw_noise(keys, model.omie.num_channels, 4, True)
    labels = tf.constant(labels, model.compute_dtype)

    def compute():
        with tf.GradientTape() as tape:
            batch = model.embed(inputs)
            outputs = model.predict_click(batch, training=True, noise=noise)
            losses = model.compute_losses(outputs, labels, tf.ones_like(labels))
        values = [variable.value for variable in model.trainable_variables]
        found = tape.gradient(losses["loss"], values, unconnected_gradients="zero")
        return losses, [tf.convert_to_tensor(gradient) for gradient in found]

    return compute


class TestDiffuMIN(ModelHarness):
    """What holds for every model, and a score's own."""

    # export_test.py tries it on this model.
    test_export_scores_as_evaluation_does = None

    def make_model(self, embedding, **shared):
        dtype = embedding.dtype
        return DiffuMIN(
            embedding,
            OMIELayer(2, 0.4, dtype=dtype),
            DiffusionGenerator(
                3,
                NoiseSchedule(10, beta_end=0.3),
                Denoiser(1, dtype=dtype),
                dtype=dtype,
            ),
            ContrastiveCalibrator(0.5, dtype=dtype),
            **shared,
        )

    def test_a_deduplicated_batch_must_bring_its_noise_key(self, model):
        with pytest.raises(ValueError, match="needs 'noise_key'.*received.*'rows'"):
            model.embed({**batch(), "rows": np.arange(ROWS, dtype="int32")})

    def test_the_history_s_order_beyond_the_recent_is_free(self, score, scores):
        inputs = batch()
        inputs["history"][0] = inputs["history"][0, [1, 0, 2, 7, 5, 4, 3, 6]]
        np.testing.assert_allclose(score(inputs), scores, atol=1e-12)


def test_inference_noise_is_a_row_s_own():
    model = tiny()
    model.generator.noise_bank_size = 4
    score = scorer(model)
    inputs = {name: np.repeat(value[:1], 40, 0) for name, value in batch().items()}
    inputs["noise_key"] = np.arange(40, dtype="int32")
    scores = np.round(score(inputs), 9)
    assert len(np.unique(scores)) == 4
    inputs["noise_key"] = inputs["noise_key"][::-1].copy()
    np.testing.assert_allclose(score(inputs), scores[::-1], atol=1e-8)


@pytest.mark.slow
def test_gradients_against_finite_differences():
    model = tiny(diffusion_weight=0.7, contrastive_weight=1.3)
    compute = in_graph(losses_and_gradients(model, batch(), [1, 0, 1, 1, 0, 0]))
    rng, step, idle = np.random.default_rng(3), 1e-5, set()
    variables = model.trainable_variables
    for variable, gradient in zip(variables, compute()[1], strict=True):
        value, gradient = variable.numpy(), gradient.numpy()
        if not gradient.any():
            idle.add("/".join(variable.path.split("/")[-4:]))
        largest = np.unravel_index(np.argmax(np.abs(gradient)), value.shape)
        for place in [largest, *(tuple(rng.integers(value.shape)) for _ in range(2))]:
            ends = []
            for sign in (1, -1):
                moved = value.copy()
                moved[place] += sign * step
                variable.assign(moved)
                ends.append(compute()[0]["loss"].numpy())
            variable.assign(value)
            slope = (ends[0] - ends[1]) / (2 * step)
            np.testing.assert_allclose(
                gradient[place], slope, 1e-5, 1e-8, err_msg=variable.path
            )
    # Dense biases before a batch norm move by rounding alone: they are not idle.
    assert idle == {
        f"block0/cross_attention/{name}/kernel" for name in ("query", "key")
    }


@pytest.mark.parametrize("lengths", [[0, 1, 8], [0], [1]], ids=str)
def test_edges_have_finite_losses_and_gradients(lengths):
    model = tiny("float32")
    compute = losses_and_gradients(model, batch(lengths), [1, 0, 1][: len(lengths)])
    for scale in (1, 1e-12, 0):  # of every embedding, the targets' too
        model.embedding.table.assign(scale * model.embedding.table)
        losses, gradients = compute()
        assert all(np.isfinite(value) for value in losses.values())
        assert all(np.isfinite(gradient).all() for gradient in gradients)


# [r, r*, e_other, e_s*]: 2 · 4 twice, the target's 4 and another 2, and 4.
@pytest.mark.parametrize(
    "options, width, extra",
    [
        ({}, 26, ("diffusion_loss", "contrastive_loss")),
        ({"use_interests": False}, 18, ("diffusion_loss", "contrastive_loss")),
        ({"use_calibrator": False}, 26, ("diffusion_loss",)),
        ({"use_generator": False}, 18, ()),
        ({"use_short_term": False}, 22, ("diffusion_loss", "contrastive_loss")),
        ({"use_products": True}, 34, ("diffusion_loss", "contrastive_loss")),
        (
            {"omie": {"num_channels": 1, "decomposition": "target"}},
            18,
            ("diffusion_loss", "contrastive_loss"),
        ),
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore:You are using a softmax over axis -1")
def test_ablations(options, width, extra):
    model = tiny(**options)
    assert model.tower.stages[0].kernel.shape == (width, 5)
    found, gradients = losses_and_gradients(model, batch(), [1, 0, 1, 1, 0, 0])()
    assert set(found) == {"loss", "click_loss", *extra}
    weights = {"diffusion_loss": 0.01, "contrastive_loss": 0.001}
    wanted = found["click_loss"] + sum(weights[name] * found[name] for name in extra)
    np.testing.assert_allclose(found["loss"], wanted)
    reached = [
        np.any(gradient)
        for gradient, variable in zip(gradients, model.trainable_variables, strict=True)
        if variable is getattr(model.omie.projection, "kernel", None)
    ]
    # Mean pooling alone does not teach the channels: only what they guide does.
    assert reached == [model.use_generator] * (model.omie.decomposition != "target")


def test_products_stand_behind_the_interests():
    model = tiny(use_products=True, use_other=False, use_short_term=False)
    found = model(batch(), return_intermediates=True)
    joined = np.reshape(found["tower_input"], (-1, 7, 4))
    interests, target = np.asarray(found["interests"]), joined[:, -1:]
    np.testing.assert_allclose(joined[:, :2], interests)
    np.testing.assert_allclose(joined[:, 4:6], interests * target)


def test_config_round_trip():
    model = tiny(use_calibrator=False, use_products=True)
    saved = json.loads(json.dumps(keras.saving.serialize_keras_object(model)))
    copy = keras.saving.deserialize_keras_object(saved)
    if not copy.built:
        copy.build({name: value.shape for name, value in batch().items()})
    copy.set_weights(model.get_weights())
    np.testing.assert_allclose(scorer(copy)(batch()), scorer(model)(batch()))


def test_histories_shorter_than_the_short_term():
    model = tiny()
    with pytest.raises(ValueError, match="short_term_length=3, histories of 2"):
        model.build({"history": (None, 2, FIELDS), "target": (None, FIELDS)})


@pytest.mark.slow
def test_mixed_bfloat16_learns_as_float32_does():
    """By the compiled core; what is kept between steps stays float32."""
    losses = {}
    for policy in ("float32", "mixed_bfloat16"):
        model = tiny(policy)
        model.compile(LazyAdam(0.02), jit_core=True)
        model.optimizer.build(model.trainable_variables)
        step, losses[policy] = in_graph(model.train_step), []
        for _ in range(20):
            losses[policy].append(float(step((batch(), LABELS))["click_loss"]))
            model.reset_metrics()
        kept = model.trainable_variables + model.optimizer.variables
        assert {variable.dtype for variable in kept} <= {"float32", "int64"}
        assert {model.compute_dtype, model.omie.compute_dtype} == {_COMPUTED[policy]}
    single, mixed = losses.values()
    assert np.isfinite(mixed).all() and mixed[-1] < 0.8 * mixed[0]
    # 8 bits of a number, through a few layers.
    np.testing.assert_allclose(mixed[0], single[0], rtol=0.02)
