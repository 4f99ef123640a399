"""Tests of the VAE: its divergence, its loss, what it is without noise, its noise."""

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.layers import InterestVAE
from tests.testing import arrays, gradients, randomise, run_layer_test

B, C, D, Z = 3, 2, 4, 5
CLEAN, CHANNELS, DRAWS = arrays(0, (B, C, D), (B, C, D), (B, C, Z))
NOISE = {"latent": DRAWS}


def built(**options):
    layer = InterestVAE(Z, dtype="float64", **options)
    layer.build((None, C, D))
    return randomise(layer)


def deviation_vanishes(layer):
    """σ → 0: the logarithm of the variance is −200 everywhere."""
    layer.log_variance_dense.kernel.assign(0 * layer.log_variance_dense.kernel)
    layer.log_variance_dense.bias.assign(0 * layer.log_variance_dense.bias - 200)


def test_divergence_of_a_normal_by_hand():
    # σ² = 4, μ = 3: ½ (9 + 4 − ln 4 − 1); a standard normal adds nothing.
    mean, log_variance = np.array([[3.0, 0.0]]), np.log([[4.0, 1.0]])
    found = built().divergence(mean, log_variance)
    np.testing.assert_allclose(found, [6 - np.log(2)], rtol=1e-12)


def test_divergence_is_the_mean_log_ratio_of_the_densities():
    rng, mean, deviation = np.random.default_rng(1), 0.7, 0.4
    draws = mean + deviation * rng.normal(size=200_000)
    log_q = -0.5 * ((draws - mean) / deviation) ** 2 - np.log(deviation)
    ratios = log_q + 0.5 * draws**2
    values = np.array([mean]), np.array([2 * np.log(deviation)])
    found = built().divergence(*values)
    error = 5 * ratios.std() / np.sqrt(len(draws))  # Five standard errors.
    np.testing.assert_allclose(found, ratios.mean(), atol=error)


@pytest.mark.parametrize("kl_weight", [0.0, 0.3])
def test_loss_equals_the_loops(kl_weight):
    layer = built(kl_weight=kl_weight)
    mean, log_variance = layer.encode(CLEAN, CHANNELS)
    augmented, total = np.asarray(layer(CLEAN, CHANNELS, NOISE)), 0.0
    for row, i in np.ndindex(B, C):
        for place in range(D):
            total += (CLEAN[row, i, place] - augmented[row, i, place]) ** 2
        for place in range(Z):
            m, v = mean[row, i, place], np.exp(log_variance[row, i, place])
            total += kl_weight * 0.5 * (m**2 + v - np.log(v) - 1)
    found = layer.loss(CLEAN, CHANNELS, NOISE)
    np.testing.assert_allclose(found, total / (B * C), rtol=1e-10)


def test_what_is_decoded_is_the_mean_plus_a_scaled_draw():
    layer = built()
    mean, log_variance = (np.asarray(x) for x in layer.encode(CLEAN, CHANNELS))
    latent = mean + np.exp(log_variance / 2) * DRAWS
    wanted = layer.decode(latent, CLEAN, CHANNELS)
    np.testing.assert_allclose(layer(CLEAN, CHANNELS, NOISE), wanted, atol=1e-12)


def test_without_divergence_and_deviation_it_is_an_autoencoder():
    layer = built(kl_weight=0.0)
    deviation_vanishes(layer)
    mean, _ = layer.encode(CLEAN, CHANNELS)
    wanted = np.asarray(layer.decode(mean, CLEAN, CHANNELS))
    for draws in (DRAWS, -3 * DRAWS):
        found = layer(CLEAN, CHANNELS, {"latent": draws})
        np.testing.assert_allclose(found, wanted, atol=1e-12)
    error = np.sum((CLEAN - wanted) ** 2, axis=-1).mean()
    np.testing.assert_allclose(layer.loss(CLEAN, CHANNELS, NOISE), error, rtol=1e-12)


def test_the_decoder_knows_the_interest_through_z_alone():
    layer, changed = built(), CLEAN.copy()
    changed[:, 0] += 1
    one, two = (
        layer.decode(DRAWS, interests, CHANNELS) for interests in (CLEAN, changed)
    )
    np.testing.assert_array_equal(one[:, 0], two[:, 0])
    assert np.abs(one - two)[:, 1].max() > 1e-9  # Far above rounding.


def test_interest_and_both_guides_get_gradients():
    layer, weights = built(), arrays(6, (B, C, D))
    found = gradients(lambda r, o: layer(r, o, NOISE) * weights, CLEAN, CHANNELS)
    assert all(np.abs(g).reshape(B * C, D).max(1).min() > 0 for g in found)


def test_the_divergence_teaches_the_encoder_alone():
    layer = built()
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(layer.divergence(*layer.encode(CLEAN, CHANNELS)))
    decoder = [w.value for w in layer.decoder.trainable_weights]
    encoder = [layer.mean_dense.kernel.value, layer.log_variance_dense.kernel.value]
    found = tape.gradient(total, decoder + encoder)
    assert all(g is None for g in found[:-2])
    assert all(np.any(g) for g in found[-2:])


def test_inference_noise_is_a_bank_that_keys_point_into():
    layer = built(noise_bank_size=8)
    keys = np.array([3, 4, 3, 11, *range(100)], "int32")
    draws = np.asarray(layer.draw_noise(keys, C, D, training=False)["latent"])
    assert draws.shape == (104, C, Z)
    np.testing.assert_allclose(draws[0], draws[2], rtol=1e-6)
    np.testing.assert_allclose(draws[0], draws[3], rtol=1e-6)
    assert len(np.unique(np.round(draws.reshape(104, -1), 9), axis=0)) == 8
    other = built(noise_bank_size=8, seed=1).draw_noise(keys, C, D, False)
    assert not np.allclose(other["latent"], draws)


def test_training_noise_is_normal_and_a_draw_for_each_key():
    keys = np.arange(2000, dtype="uint32")
    draws = np.asarray(built().draw_noise(keys, C, D, training=True)["latent"])
    error = 5 / np.sqrt(draws.size)  # Five standard errors, of the deviation too.
    assert abs(draws.mean()) < error and abs(draws.std() - 1) < error
    assert len(np.unique(draws[:, 0, 0])) == 2000


def test_layer():
    def call(layer, interests, channels, latent):
        noise = {"latent": latent}
        found = layer(interests, channels, noise)
        return found, layer.loss(interests, channels, noise)

    # Two transformers of 264; μ and ln σ² of 4 · 5 + 5, z of 5 · 4 + 4, r* of 16 + 4.
    run_layer_test(
        lambda dtype: InterestVAE(Z, kl_weight=0.5, dtype=dtype),
        [CLEAN, CHANNELS, DRAWS],
        trainable=2 * 264 + 50 + 24 + 20,
        call=call,
    )


@pytest.mark.parametrize(
    "options, message",
    [
        ({"latent_dim": 0}, "latent_dim must be positive; received 0"),
        ({"kl_weight": -0.1}, "kl_weight must not be negative; received -0.1"),
        ({"kl_weight": float("nan")}, "kl_weight must not be negative; received nan"),
    ],
)
def test_wrong_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        InterestVAE(**options)
