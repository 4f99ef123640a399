"""Tests of the diffusion network."""

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.layers import Denoiser
from tests.testing import arrays, randomise, run_layer_test

B, C, D = 2, 3, 4
STEPS = np.array([[1, 50, 1000], [7, 7, 900]], "int32")


def built(**options):
    layer = Denoiser(dtype="float64", **options)
    layer.build((None, C, D))
    return randomise(layer)


def inputs(seed=1):
    """Noisy interests, clean interests, channels."""
    return arrays(seed, (B, C, D), (B, C, D), (B, C, D))


def predict(layer, noisy, interests, channels, step=STEPS):
    return np.asarray(layer(noisy, step, layer.prepare(interests, channels)))


def test_tokens_are_the_noisy_interest_then_the_clean_others():
    layer, (noisy, interests, channels) = built(), inputs()
    prepared = layer.prepare(interests, channels)
    first = layer.intermediates(noisy, STEPS, prepared)[0]["in"].numpy()
    embedded = layer.step_embedding(STEPS).numpy()
    for row, i in np.ndindex(B, C):
        others = [interests[row, j] for j in range(C) if j != i]
        wanted = np.stack([noisy[row, i], *others]) + embedded[row, i]
        np.testing.assert_allclose(first[row * C + i], wanted)


def test_the_computed_token_is_that_of_the_full_path():
    layer, (noisy, interests, channels) = built(), inputs()
    prepared = layer.prepare(interests, channels)
    full = layer.intermediates(noisy, STEPS, prepared)[-1]["out"][:, 0]
    found = layer(noisy, STEPS, prepared)
    np.testing.assert_allclose(np.reshape(found, (-1, D)), full, atol=1e-12)


def test_guidance_is_attention_to_the_interest_s_own_channel():
    layer, (noisy, interests, channels) = built(), inputs()
    prepared = layer.prepare(interests, channels)
    for block, seen in zip(
        layer.blocks, layer.intermediates(noisy, STEPS, prepared), strict=True
    ):
        # Ordinary attention, to the channel twice over: no softmax of one logit.
        keys = np.repeat(channels.reshape(-1, 1, D), 2, axis=1)
        wanted = block.cross_attention_layer(seen["after_norm1"], keys)
        np.testing.assert_allclose(seen["cross_attn"], wanted, atol=1e-12)


def test_one_step_for_all_is_that_step_everywhere():
    layer, given = built(), inputs()
    wanted = predict(layer, *given, step=np.full((B, C), 9))
    np.testing.assert_allclose(predict(layer, *given, step=np.int32(9)), wanted)
    assert np.abs(predict(layer, *given, step=np.int32(8)) - wanted).max() > 1e-4


def test_slots_have_no_place():
    layer, given, order = built(), inputs(), [2, 0, 1]
    permuted = [tensor[:, order] for tensor in given]
    found = predict(layer, *permuted, step=STEPS[:, order])
    np.testing.assert_allclose(found, predict(layer, *given)[:, order], atol=1e-12)


@pytest.mark.filterwarnings("ignore:You are using a softmax over axis -1")
@pytest.mark.parametrize("context", [True, False])
@pytest.mark.parametrize("channel", [True, False])
def test_what_an_output_reads(context, channel):
    """Channel 0's output under a change of each input at channel 1 and 0."""
    layer = built(context_guidance=context, channel_guidance=channel)
    given = inputs()
    wanted = predict(layer, *given)[:, 0]

    def moved(which, place):
        changed = [tensor.copy() for tensor in given]
        changed[which][:, place] += 1.0
        return not np.allclose(predict(layer, *changed)[:, 0], wanted, atol=1e-9)

    noisy, interests, channels = range(3)
    assert moved(noisy, 0) and not moved(noisy, 1)
    assert moved(interests, 1) == context and not moved(interests, 0)
    assert moved(channels, 0) == channel and not moved(channels, 1)


def test_queries_and_keys_of_the_cross_attention_get_no_gradient():
    layer, (noisy, interests, channels) = built(), inputs()
    with tf.GradientTape() as tape:
        prepared = layer.prepare(interests, channels)
        total = tf.reduce_sum(layer(noisy, STEPS, prepared) * noisy)
    found = tape.gradient(total, [v.value for v in layer.trainable_weights])
    paths = [v.path for v in layer.trainable_weights]
    idle = {p for p, g in zip(paths, found, strict=True) if g is None}
    kernels = ("cross_attention/query/kernel", "cross_attention/key/kernel")
    assert idle == {p for p in paths if p.endswith(kernels)} and len(idle) == 4


def call(layer, noisy, interests, channels, step):
    return layer(noisy, step, layer.prepare(interests, channels))


# A block has 8d² of attention, 6d² + 4d of feed-forward, 3 norms; then the step's.
@pytest.mark.parametrize(
    "options, count",
    [
        ({}, 2 * (128 + 112 + 24) + 148),
        ({"channel_guidance": False, "num_blocks": 1}, 64 + 112 + 16 + 148),
        ({"num_heads": 1, "output_projection": False}, 2 * (96 + 112 + 24) + 148),
    ],
)
def test_layer(options, count):
    run_layer_test(
        lambda dtype: Denoiser(**options, dtype=dtype),
        [*inputs(), STEPS],
        trainable=count,
        call=call,
        jit=not options,
    )
