"""The released code's options of DiffuMIN: all together, then each by itself.

What they compute is held against the released code's own arrays in golden_test.py.
"""

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
from diffumin_tf.models import DIN, DiffuMIN
from diffumin_tf.training.optimizers import LazyAdam
from tests.models.model_harness import (
    DIM,
    LABELS,
    LENGTH,
    LENGTHS,
    ROWS,
    SHORT,
    ModelHarness,
    make_batch,
    make_grouped,
    shapes,
)
from tests.testing import in_graph, randomise

RELEASED = {"attention_scale": "keys"}


def make_model(embedding, num_blocks=1, stochastic=False, **options):
    dtype = embedding.dtype
    denoiser = Denoiser(num_blocks, zero_based_steps=True, dtype=dtype, **RELEASED)
    return DiffuMIN(
        embedding,
        OMIELayer(
            2,
            top_k=2,
            filtering="top_k",
            sign_rule="householder",
            aggregation="score_weighted",
            sequence_length=LENGTH,
            use_bias=True,
            jitter=1e-8,
            dtype=dtype,
        ),
        DiffusionGenerator(
            3,
            NoiseSchedule(10, beta_end=0.3),
            denoiser,
            prediction="x0",
            sampling_prediction="epsilon",
            variance="posterior",
            loss_over_width="mean",
            stochastic=stochastic,
            dtype=dtype,
        ),
        ContrastiveCalibrator(0.5, exclude_same_user=False, dtype=dtype),
        **options,
    )


def make_encoder(dtype, num_blocks=1):
    return TransformerEncoder(num_blocks, cross_attention=True, dtype=dtype, **RELEASED)


def end_in_padding():
    """`make_grouped` where a window that is not full ends with its history."""
    grouped, dense = make_grouped()
    grouped["history"][1, 6:] = 0
    windows = {
        "user_index": np.array([0, 0, 1, 0, 1, 1], "int32"),
        "history_start": np.array([0, 4, 2, 1, 0, 4], "int32"),
        "history_length": np.array([8, 8, 4, 8, 6, 2], "int32"),
    }
    dense["history"] = np.stack(
        [
            grouped["history"][user, start : start + LENGTH]
            for user, start, _ in zip(*windows.values(), strict=True)
        ]
    )
    return {**grouped, **windows}, dense


class TestReleasedDiffuMIN(ModelHarness):
    """All of them at once, but for the draws that differ from call to call."""

    def make_model(self, embedding, **shared):
        embedding.trains_padding = True  # The harness makes it, for all models alike.
        dtype = embedding.dtype
        shared["short_term_encoder"] = make_encoder(dtype)
        shared["tower"] = PredictionTower((5,), logit_batch_norm=True, dtype=dtype)
        # The exported model reads the small run's histories instead.
        length = LENGTH if shared["short_term_length"] == SHORT else 40
        return make_model(
            embedding,
            padded_length=length,
            share_norms=True,
            num_projected_fields=3,
            **shared,
        )

    def grouped(self):
        return end_in_padding()


def tiny(embedding=None, **options):
    """All of the paper's but for `options`; width 4, random weights."""
    dtype = "float64"
    defaults = {
        "omie": OMIELayer(2, 0.4, dtype=dtype),
        "generator": DiffusionGenerator(
            3, NoiseSchedule(10, beta_end=0.3), Denoiser(1, dtype=dtype), dtype=dtype
        ),
        "short_term_encoder": TransformerEncoder(1, dtype=dtype),
        "tower": PredictionTower((5,), dtype=dtype),
        "short_term_length": SHORT,
        "dtype": dtype,
    }
    embedding = embedding or FeatureEmbedding(ROWS, DIM, dtype=dtype)
    model = DiffuMIN(embedding, **{**defaults, **options})
    inputs = make_batch()
    if options.get("normalize_dense"):
        inputs["dense"] = np.zeros((len(LABELS), 2))
    model.build(shapes(inputs))
    return randomise(model)


def score(model, inputs, **options):
    return np.asarray(in_graph(lambda batch: model(batch, **options))(inputs))


def test_a_longer_history_is_not_cut_and_a_shorter_batch_is_refused():
    model, inputs = tiny(), make_batch()
    own = score(model, inputs)
    model.padded_length = 5
    differs = np.abs(score(model, inputs) - own) > 1e-6
    np.testing.assert_array_equal(differs, LENGTHS < 5)
    model.padded_length = LENGTH + 1
    with pytest.raises(ValueError, match="padded_length=9 positions .* received 8"):
        model(inputs)


@pytest.mark.slow
def test_padding_up_to_l_counts_as_behaviours():
    model, inputs = tiny(), make_batch()
    own = score(model, inputs)
    told = {**inputs, "history_length": np.full_like(LENGTHS, LENGTH)}
    wanted = score(model, told)
    model.padded_length = LENGTH
    found = score(model, inputs)
    np.testing.assert_allclose(found, wanted, atol=1e-12)
    differs = np.abs(found - own) > 1e-6
    np.testing.assert_array_equal(differs, LENGTHS < LENGTH)


@pytest.mark.parametrize("trains", [True, False])
def test_a_step_moves_the_padding_row_only_if_it_is_trained(trains):
    embedding = FeatureEmbedding(ROWS, DIM, trains_padding=trains, dtype="float64")
    model = tiny(embedding, padded_length=LENGTH)
    model.compile(LazyAdam(1e-2), jit_core=False)
    model.optimizer.build(model.trainable_variables)
    before = model.embedding.table.numpy()
    model.train_step(({**make_batch(), "noise_key": np.arange(6)}, LABELS))
    moved = np.any(model.embedding.table.numpy() != before, axis=1)
    assert moved[0] == trains
    assert moved[1:].any()


def test_losses_that_are_not_added_are_not_computed():
    inputs, labels = make_batch(), tf.constant(LABELS)
    inputs["noise_key"] = np.arange(6)
    for add in (True, False):
        model = tiny(add_extra_losses=add)
        outputs = model(inputs, training=True, return_intermediates=True)
        losses = model.compute_losses(outputs, labels, tf.ones_like(labels))
        extra = {"diffusion_loss", "contrastive_loss"} if add else set()
        assert set(losses) == {"loss", "click_loss", *extra}
        assert (losses["loss"] == losses["click_loss"]) == (not add)


def test_an_encoder_with_cross_attention_reads_the_last_channel():
    model = tiny(short_term_encoder=make_encoder("float64"))
    batch = model.embed(make_batch())
    seen = model.predict_click(batch, training=False)
    recent, mask = model.recent(batch, SHORT)
    guide = seen["channels"][:, -1]
    wanted = model.short_term_encoder(recent, batch.target, mask, guidance=guide)
    np.testing.assert_allclose(seen["short_term_interest"], wanted, atol=1e-12)
    other = model.short_term_encoder(recent, batch.target, mask, guidance=guide + 1)
    assert np.abs(wanted - other).max() > 1e-3


def test_other_models_have_nothing_for_cross_attention():
    embedding = FeatureEmbedding(ROWS, DIM, dtype="float64")
    encoder = make_encoder("float64")
    model = DIN(
        embedding, short_term_encoder=encoder, short_term_length=SHORT, dtype="float64"
    )
    with pytest.raises(ValueError, match="cross_attention needs guidance"):
        model(make_batch())


def test_shared_norms_are_the_denoiser_s(tmp_path):
    options = {"share_norms": True, "short_term_encoder": make_encoder("float64")}
    model, alone = tiny(**options), tiny(short_term_encoder=make_encoder("float64"))
    # Three norms of width 4, each with a scale and a shift.
    assert alone.count_params() - model.count_params() == 3 * 2 * 4
    own = model.short_term_encoder.blocks[0]
    other = model.generator.denoiser.blocks[0]
    for name in ("self_norm", "cross_norm", "output_norm"):
        assert getattr(own, name) is getattr(other, name)
    wanted = score(model, make_batch())
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(score(loaded, make_batch()), wanted, atol=1e-12)
    norm = loaded.short_term_encoder.blocks[0].self_norm
    assert norm is loaded.generator.denoiser.blocks[0].self_norm


@pytest.mark.parametrize(
    "options, error",
    [
        ({}, r"received 1 with cross_attention=\[True\] for 1 with .*=False"),
        ({"short_term_encoder": make_encoder("float64", 2)}, "received 1 .* for 2"),
        ({"use_short_term": False}, "use_short_term=False"),
        ({"use_generator": False}, "use_generator=False"),
    ],
    ids=str,
)
def test_norms_that_cannot_be_shared(options, error):
    with pytest.raises(ValueError, match=error):
        tiny(share_norms=True, **options)


def test_the_target_may_be_projected_from_more_of_its_fields():
    model = tiny(num_projected_fields=3)
    plain, batch = super(DiffuMIN, model).embed(make_batch()), model.embed(make_batch())
    raw = (
        model.embedding(make_batch()["target"]),
        model.embedding(make_batch()["other"]),
    )
    joined = np.concatenate(raw, axis=1)
    layer = model.target_projection
    wanted = joined @ layer.kernel.numpy() + layer.bias.numpy()
    np.testing.assert_allclose(batch.target, wanted, atol=1e-12)
    np.testing.assert_allclose(
        batch.other, np.concatenate([joined, wanted], axis=1), atol=1e-12
    )
    assert plain.target.shape == batch.target.shape
    with pytest.raises(ValueError, match=r"in 1\.\.fields .*\(3\); received 4"):
        tiny(num_projected_fields=4)


def test_numbers_may_be_normalised():
    model, numbers = tiny(normalize_dense=True), np.arange(12.0).reshape(6, 2) ** 2
    inputs = {**make_batch(), "dense": numbers, "noise_key": np.arange(6)}
    norm = model.dense_norm
    mean, variance = norm.moving_mean.numpy(), norm.moving_variance.numpy()
    seen = model(inputs, training=True, return_intermediates=True)
    wanted = (numbers - numbers.mean(0)) / np.sqrt(numbers.var(0) + 1e-3)
    wanted = wanted * norm.gamma.numpy() + norm.beta.numpy()
    # [r, r*, target, other, numbers, e_s*]: 8 + 8 + 4 + 2 before them.
    np.testing.assert_allclose(seen["tower_input"][:, 22:24], wanted, atol=1e-12)
    np.testing.assert_allclose(norm.moving_mean, 0.99 * mean + 0.01 * numbers.mean(0))
    np.testing.assert_allclose(
        norm.moving_variance, 0.99 * variance + 0.01 * numbers.var(0)
    )


def test_numbers_to_normalise_must_be_there():
    embedding = FeatureEmbedding(ROWS, DIM)
    model = DiffuMIN(embedding, short_term_length=SHORT, normalize_dense=True)
    with pytest.raises(ValueError, match="normalize_dense needs .* received 0 such"):
        model.build(shapes(make_batch()))


def stochastic():
    return tiny(
        generator=DiffusionGenerator(
            3,
            NoiseSchedule(10, beta_end=0.3),
            Denoiser(1, dtype="float64"),
            stochastic=True,
            dtype="float64",
        )
    )


def test_stochastic_inference_differs_from_call_to_call():
    model = stochastic()
    model.generator.calls.assign(0)
    graph = in_graph(model)
    one, two = (np.asarray(graph(make_batch())) for _ in range(2))
    assert np.all(np.abs(one - two) > 1e-9)
    model.generator.calls.assign(0)
    np.testing.assert_array_equal(graph(make_batch()), one)
    trained = {**make_batch(), "noise_key": np.arange(6)}
    steps = [model(trained, training=True, return_intermediates=True) for _ in "ab"]
    for one, two in zip(*(step["noise"].values() for step in steps), strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.slow
def test_stochastic_inference_can_be_fixed():
    model, plain = stochastic(), tiny()
    model.fix_inference_noise()
    wanted = {v.path: v for v in model.variables if "calls" not in v.path}
    plain.set_weights([variable.numpy() for variable in wanted.values()])
    for _ in range(2):
        np.testing.assert_array_equal(
            score(model, make_batch()), score(plain, make_batch())
        )


def test_each_row_has_a_stochastic_draw_of_its_own():
    keys = np.array([7, 7, 8], "int32")
    draws = np.asarray(stochastic().generator.draw_noise(keys, 2, 4, False)["start"])
    assert len(np.unique(draws)) == draws.size


@pytest.mark.slow
def test_stochastic_calls_are_counted_in_checkpoints_and_files(tmp_path):
    model = stochastic()
    model.generator.calls.assign(3)
    path = tf.train.Checkpoint(model=model).save(str(tmp_path / "checkpoint"))
    model.save(tmp_path / "model.keras")
    other = stochastic()
    tf.train.Checkpoint(model=other).restore(path).assert_existing_objects_matched()
    loaded = keras.models.load_model(tmp_path / "model.keras")
    wanted = score(model, make_batch())
    assert int(model.generator.calls) == 4
    for copy in (other, loaded):
        assert int(copy.generator.calls) == 3
        np.testing.assert_allclose(score(copy, make_batch()), wanted, atol=1e-12)


def test_the_tower_may_see_nothing_but_the_target():
    model = tiny(use_other=False)
    seen = model(make_batch(), return_intermediates=True)
    # [r, r*, e_s, e_s*]: 8 + 8 + 4 + 4.
    assert seen["tower_input"].shape == (6, 24)
    target = model.embedding(make_batch()["target"])
    np.testing.assert_allclose(seen["tower_input"][:, 16:20], target, atol=1e-12)
