"""Tests of the schedules, their derived tables and the forward process."""

import math

import keras
import numpy as np
import pytest

from diffumin_tf.layers import NoiseSchedule
from tests.testing import arrays


def test_linear_tables_by_hand():
    schedule = NoiseSchedule(3, beta_start=0.1, beta_end=0.5)
    np.testing.assert_allclose(schedule.beta, [0.1, 0.3, 0.5])
    np.testing.assert_allclose(schedule.alpha, [0.9, 0.7, 0.5])
    np.testing.assert_allclose(schedule.alpha_bar, [0.9, 0.63, 0.315])
    np.testing.assert_allclose(schedule.alpha_bar_previous, [1, 0.9, 0.63])
    wanted = [0, 0.3 * 0.1 / 0.37, 0.5 * 0.37 / 0.685]
    np.testing.assert_allclose(schedule.posterior_variance, wanted, atol=1e-15)


def test_cosine_by_hand():
    def level(t):
        return math.cos((t / 4 + 0.008) / 1.008 * math.pi / 2) ** 2

    betas = [1 - level(t) / level(t - 1) for t in (1, 2, 3)]
    # The last step would end at no signal at all: β is clipped.
    np.testing.assert_allclose(NoiseSchedule(4, "cosine").beta, [*betas, 0.9999])


def test_exponential_by_hand():
    # From 0.1 to 10 in the exponent: β = 1 − exp(−0.1/T − x·9.9/(2T²)), x = 1..2T+1.
    wanted = [1 - math.exp(-0.05 - x * 9.9 / 8) for x in (1, 5)]
    np.testing.assert_allclose(NoiseSchedule(2, "exponential").beta, wanted)


@pytest.mark.parametrize("kind", ["linear", "cosine", "exponential"])
def test_noise_takes_over(kind):
    schedule = NoiseSchedule(kind=kind)
    assert (np.diff(schedule.alpha_bar) < 0).all()
    assert schedule.alpha_bar[0] > 0.99 and schedule.alpha_bar[-1] < 0.01


def test_add_noise_by_hand():
    schedule = NoiseSchedule(3, beta_start=0.1, beta_end=0.5)
    clean, noise = np.array([[1.0, -2.0], [3.0, 0.5]]), np.array([[0.5, 1], [-1, 2.0]])
    wanted = [
        math.sqrt(0.9) * clean[0] + math.sqrt(0.1) * noise[0],
        math.sqrt(0.315) * clean[1] + math.sqrt(0.685) * noise[1],
    ]
    found = schedule.add_noise(clean, noise, np.array([1, 3]))
    np.testing.assert_allclose(found, wanted)


@pytest.mark.parametrize("step", [1, 300, 1000])
def test_moments_of_the_forward_process(step):
    # The composition of t single steps r_t = √α_t r_{t−1} + √β_t ε has these.
    schedule, clean = NoiseSchedule(), np.array([1.5, -0.5])
    mean, variance = clean.copy(), 0.0
    for beta in schedule.beta[:step]:
        mean, variance = np.sqrt(1 - beta) * mean, (1 - beta) * variance + beta
    noise = arrays(step, (100_000, 2))
    steps = np.full(len(noise), step)
    drawn = schedule.add_noise(np.broadcast_to(clean, noise.shape), noise, steps)
    error = math.sqrt(variance / len(noise))
    np.testing.assert_allclose(np.mean(drawn, axis=0), mean, atol=4 * error)
    np.testing.assert_allclose(np.var(drawn, axis=0), variance, rtol=0.02)


def test_coefficients_are_rounded_once():
    schedule, steps = NoiseSchedule(), np.arange(1, 1001)
    zeros, ones = np.zeros((1000, 1), "float32"), np.ones((1000, 1), "float32")
    deviation = schedule.add_noise(zeros, ones, steps)
    wanted = np.sqrt(1 - np.cumprod(1 - np.linspace(1e-4, 0.02, 1000)))
    np.testing.assert_array_equal(np.ravel(deviation), wanted.astype("float32"))
    half = keras.ops.convert_to_tensor(ones, dtype="bfloat16")
    assert schedule.add_noise(half, half, steps).dtype == "float32"


def test_config_round_trip():
    schedule = NoiseSchedule(7, "linear", 0.1, 0.3)
    saved = keras.saving.serialize_keras_object(schedule)
    copy = keras.saving.deserialize_keras_object(saved)
    np.testing.assert_array_equal(copy.beta, schedule.beta)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"num_steps": 0}, "num_steps must be at least 1; received 0"),
        ({"kind": "square"}, "kind must be one of .*; received 'square'"),
        ({"beta_start": 0}, "0 < beta_start.*received beta_start=0"),
        ({"beta_start": 0.3}, "beta_start <= beta_end.*beta_start=0.3, beta_end=0.02"),
        ({"beta_end": 1.0}, "beta_end < 1.*beta_end=1.0"),
    ],
)
def test_arguments_out_of_range(options, message):
    with pytest.raises(ValueError, match=message):
        NoiseSchedule(**options)
