"""Tests of the generator: what its chain undoes, its losses, its noise."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.layers import Denoiser, DiffusionGenerator, NoiseSchedule
from tests.testing import arrays, gradients, randomise, run_layer_test

B, C, D, STEPS = 3, 2, 4, 4
SCHEDULE = NoiseSchedule(10, beta_start=0.05, beta_end=0.4)


class Oracle(keras.layers.Layer):
    """Knows the clean interest, or the one noise that was added to it."""

    def __init__(self, clean, noise=None, prediction="epsilon"):
        super().__init__(dtype="float64")
        self.clean, self.noise, self.prediction = clean, noise, prediction

    def prepare(self, interests, channels):
        return ()

    def call(self, noisy, step, prepared):
        if self.prediction == "x0":
            return self.clean
        if self.noise is not None:
            return self.noise
        signal = tf.gather(SCHEDULE.alpha_bar, step - 1)[..., None]
        return (noisy - tf.sqrt(signal) * self.clean) / tf.sqrt(1 - signal)


def generator(denoiser=None, steps=STEPS, schedule=SCHEDULE, **options):
    layer = DiffusionGenerator(steps, schedule, denoiser, dtype="float64", **options)
    if denoiser is None:
        layer.build((None, C, D))
        randomise(layer)
    return layer


def noise_of(seed=1, steps=STEPS):
    start, loss = arrays(seed, (B, C, D), (B, C, D))
    return {
        "start_step": np.array([[1, 2], [9, 10], [5, 4]], "int32"),
        "start": start,
        "chain": arrays(seed + 1, (B, steps, C, D)),
        "loss_step": np.array([[10, 3], [1, 6], [2, 2]], "int32"),
        "loss": loss,
    }


CLEAN, CHANNELS = arrays(0, (B, C, D), (B, C, D))


@pytest.mark.parametrize("variance", ["beta", "posterior"])
@pytest.mark.parametrize("sampler", ["ddpm", "ddim"])
@pytest.mark.parametrize("prediction", ["epsilon", "x0"])
@pytest.mark.parametrize("start", ["uniform", "matched", "gaussian"])
def test_an_oracle_recovers_the_interest(start, prediction, sampler, variance):
    """Whoever knows r at each step ends in r.

    With ε = (x_t − √ᾱ_t r) / √(1 − ᾱ_t) the mean of x_{t−1} is √ᾱ_{t−1} r plus
    (x_t − √ᾱ_t r) times a factor with 1 − ᾱ_{t−1}, which at t = 1 is 0; and there no
    noise is added. So r comes back whatever the start and the noise before.
    """
    layer = generator(
        Oracle(CLEAN, prediction=prediction),
        prediction=prediction,
        sampler=sampler,
        variance=variance,
        start="gaussian" if start == "gaussian" else "perturbed",
        perturb_steps="matched" if start == "matched" else "uniform",
    )
    found = layer(CLEAN, CHANNELS, noise_of())
    np.testing.assert_allclose(found, CLEAN, atol=1e-12)


@pytest.mark.parametrize("steps", [1, 2, 7])
def test_knowing_the_start_s_noise_is_enough_for_ddim(steps):
    """From √ᾱ_t r + √(1 − ᾱ_t) ε each step leads to the same with t − 1."""
    noise = noise_of(steps=steps)
    layer = generator(
        Oracle(CLEAN, noise["start"]), steps, sampler="ddim", perturb_steps="matched"
    )
    path = layer.trajectory(CLEAN, CHANNELS, noise)["states"]
    for step, state in zip(range(steps, -1, -1), path, strict=True):
        level = SCHEDULE.alpha_bar[step - 1] if step else 1.0
        wanted = math.sqrt(level) * CLEAN + math.sqrt(1 - level) * noise["start"]
        np.testing.assert_allclose(state, wanted, atol=1e-12)


def test_what_ddpm_leaves_of_the_start_s_noise():
    """One step without noise gives r exactly; two leave a known multiple of ε.

    The noise part D_2 = √(1 − ᾱ_2) ε becomes D_1 = √α_2 β_1 / √(1 − ᾱ_2) ε, of which
    D_0 = (D_1 − √β_1 ε) / √α_1 is left.
    """
    first, second = SCHEDULE.beta[:2]
    left = math.sqrt(1 - second) * first / math.sqrt(first + second - first * second)
    left = (left - math.sqrt(first)) / math.sqrt(1 - first)
    for steps, residue in ((1, 0.0), (2, left)):
        noise = noise_of(steps=steps) | {"chain": np.zeros((B, steps, C, D))}
        layer = generator(Oracle(CLEAN, noise["start"]), steps, perturb_steps="matched")
        found = layer(CLEAN, CHANNELS, noise)
        np.testing.assert_allclose(found, CLEAN + residue * noise["start"], atol=1e-12)
    assert abs(left) > 0.05


@pytest.mark.parametrize("step", [1, 2, 7])
def test_the_mean_of_a_step_is_the_posterior_s(step):
    beta, level = SCHEDULE.beta[step - 1], SCHEDULE.alpha_bar[step - 1]
    before = SCHEDULE.alpha_bar[step - 2] if step > 1 else 1.0
    state = noise_of()["start"]
    predicted = (state - math.sqrt(level) * CLEAN) / math.sqrt(1 - level)
    mean, _ = generator().denoise_step(state, step, predicted, np.zeros_like(state))
    wanted = math.sqrt(before) * beta * CLEAN
    wanted = wanted + math.sqrt(1 - beta) * (1 - before) * state
    np.testing.assert_allclose(mean, wanted / (1 - level), atol=1e-12)


@pytest.mark.parametrize("variance", ["beta", "posterior"])
def test_the_deviation_of_a_step(variance):
    layer, state = generator(variance=variance), CLEAN
    for step in (1, 2, 10):
        beta, level = SCHEDULE.beta[step - 1], SCHEDULE.alpha_bar[step - 1]
        mean, after = layer.denoise_step(state, step, state, np.ones_like(state))
        wanted = beta
        if variance == "posterior":
            wanted = beta * (1 - level / (1 - beta)) / (1 - level)
        wanted = 0.0 if step == 1 else math.sqrt(wanted)
        np.testing.assert_allclose(after - mean, np.full((B, C, D), wanted))


def test_starts_by_hand():
    noise = noise_of()
    levels = SCHEDULE.alpha_bar[noise["start_step"] - 1][..., None]
    uniform = np.sqrt(levels) * CLEAN + np.sqrt(1 - levels) * noise["start"]
    np.testing.assert_allclose(generator().add_noise_step(CLEAN, noise), uniform)
    level = SCHEDULE.alpha_bar[STEPS - 1]
    matched = math.sqrt(level) * CLEAN + math.sqrt(1 - level) * noise["start"]
    found = generator(perturb_steps="matched").add_noise_step(CLEAN, noise)
    np.testing.assert_allclose(found, matched)
    found = generator(start="gaussian").add_noise_step(CLEAN, noise)
    np.testing.assert_array_equal(found, noise["start"])


@pytest.mark.parametrize("sampler", ["ddpm", "ddim"])
def test_the_chain_takes_its_steps_and_draws_downwards(sampler):
    layer, noise = generator(sampler=sampler), noise_of()
    prepared = layer.denoiser.prepare(CLEAN, CHANNELS)
    state = layer.add_noise_step(CLEAN, noise)
    for index, step in enumerate((4, 3, 2, 1)):
        predicted = layer.denoiser(state, np.int32(step), prepared)
        draw = noise["chain"][:, index]
        state = layer.denoise_step(state, step, predicted, draw)[1]
    np.testing.assert_allclose(layer(CLEAN, CHANNELS, noise), state, atol=1e-10)
    last = layer.trajectory(CLEAN, CHANNELS, noise)["states"][-1]
    np.testing.assert_allclose(last, state, atol=1e-10)


@pytest.mark.parametrize("over_width", ["sum", "mean"])
@pytest.mark.parametrize("over_channels", ["sum", "mean"])
@pytest.mark.parametrize("prediction", ["epsilon", "x0"])
def test_diffusion_loss_by_hand(prediction, over_channels, over_width):
    noise, guess = noise_of(), arrays(5, (B, C, D))
    layer = generator(
        Oracle(CLEAN, guess),  # answers with its guess, whatever it is asked for
        prediction=prediction,
        loss_over_width=over_width,
        loss_over_channels=over_channels,
    )
    wanted = noise["loss"] if prediction == "epsilon" else CLEAN
    errors = getattr(np, over_width)((wanted - guess) ** 2, axis=-1)
    np.testing.assert_allclose(layer.squared_errors(CLEAN, CHANNELS, noise), errors)
    total = getattr(np, over_channels)(errors.mean(axis=0))
    np.testing.assert_allclose(layer.loss(CLEAN, CHANNELS, noise), total)


def test_the_loss_noises_each_channel_to_its_own_step():
    noise = noise_of()
    # The oracle reads ε off the noisy interest: it errs unless t and r_t agree.
    errors = generator(Oracle(CLEAN)).squared_errors(CLEAN, CHANNELS, noise)
    np.testing.assert_allclose(errors, np.zeros((B, C)), atol=1e-24)


def test_normalises_all_but_zero_interests():
    vectors = np.array([[[3.0, 4], [0, 0]]])
    layer = generator()
    np.testing.assert_allclose(layer.normalize(vectors), [[[0.6, 0.8], [0, 0]]])
    assert np.isfinite(gradients(layer.normalize, vectors)).all()
    assert generator(normalize_interests=False).normalize(vectors) is vectors


def test_both_guides_and_the_start_get_gradients():
    layer, noise = generator(), noise_of()
    weights = arrays(6, (B, C, D))
    found = gradients(lambda r, o: layer(r, o, noise) * weights, CLEAN, CHANNELS)
    assert all(np.abs(g).reshape(B * C, D).max(1).min() > 0 for g in found)


def test_training_noise_has_its_shapes_and_ranges():
    keys = np.arange(500, dtype="uint32")
    noise = generator().draw_noise(keys, C, D, training=True)
    assert {name: tuple(value.shape[1:]) for name, value in noise.items()} == {
        "start_step": (C,),
        "start": (C, D),
        "chain": (STEPS, C, D),
        "loss_step": (C,),
        "loss": (C, D),
    }
    for name in ("start_step", "loss_step"):
        assert set(np.unique(noise[name])) == set(range(1, 11))
    streams = [np.ravel(noise[name]) for name in ("start", "loss")]
    streams.append(np.ravel(noise["chain"][:, 0]))
    correlations = np.corrcoef(streams) - np.eye(3)
    assert np.abs(correlations).max() < 5 / math.sqrt(500 * C * D)


def test_inference_noise_is_a_bank_that_keys_point_into():
    layer = generator(noise_bank_size=8)
    keys = np.array([3, 4, 3, 11, *range(100)], "int32")
    noise = layer.draw_noise(keys, C, D, training=False)
    assert set(noise) == {"start_step", "start", "chain"}
    start = np.asarray(noise["start"])
    np.testing.assert_allclose(start[0], start[2], rtol=1e-6)
    np.testing.assert_allclose(start[0], start[3], rtol=1e-6)
    assert not np.allclose(start[0], start[1])
    assert len(np.unique(np.round(start.reshape(len(keys), -1), 9), axis=0)) == 8
    again = layer.draw_noise(keys[1:2], C, D, training=False)
    np.testing.assert_allclose(again["chain"][0], noise["chain"][1], rtol=1e-6)
    other = generator(noise_bank_size=8, seed=1).draw_noise(keys, C, D, False)
    assert not np.allclose(other["start"], start)


def call(layer, interests, channels, start, chain, start_step, loss_step, loss):
    noise = {"start": start, "chain": chain, "start_step": start_step}
    noise |= {"loss_step": loss_step, "loss": loss}
    errors = layer.squared_errors(interests, channels, noise)
    return layer(interests, channels, noise), errors


@pytest.mark.parametrize(
    "options",
    [
        {"variance": "posterior", "prediction": "x0", "sampling_prediction": "epsilon"},
        {"sampler": "ddim", "perturb_steps": "matched", "noise_bank_size": 3},
    ],
)
def test_layer(options):
    jit = "sampler" in options
    noise = noise_of()
    names = ("start", "chain", "start_step", "loss_step", "loss")
    run_layer_test(
        lambda dtype: DiffusionGenerator(
            STEPS, SCHEDULE, Denoiser(1, dtype=dtype), **options, dtype=dtype
        ),
        [CLEAN, CHANNELS, *(noise[name] for name in names)],
        trainable=128 + 112 + 24 + 148,
        call=call,
        jit=jit,
    )


@pytest.mark.parametrize(
    "name",
    [
        "prediction",
        "sampling_prediction",
        "start",
        "perturb_steps",
        "variance",
        "sampler",
        "loss_over_width",
        "loss_over_channels",
    ],
)
def test_unknown_choice(name):
    with pytest.raises(ValueError, match=f"{name} must be one of.*received 'other'"):
        DiffusionGenerator(**{name: "other"})


@pytest.mark.parametrize("steps", [0, 11])
def test_steps_beyond_the_schedule(steps):
    with pytest.raises(ValueError, match=rf"schedule \(10\); received {steps}"):
        DiffusionGenerator(steps, SCHEDULE)
