"""Tests of the prediction tower."""

import keras
import numpy as np
import pytest

from diffumin_tf.layers import PredictionTower
from tests.testing import arrays, randomise, run_layer_test


def built(hidden_units=(3, 2), **options):
    layer = PredictionTower(hidden_units, dtype="float64", **options)
    layer.build((None, 4))
    return randomise(layer)


def relu(stage, x):
    return np.maximum(x, 0)


def prelu(stage, x):
    return np.where(x > 0, x, stage.alpha.numpy() * x)


def dice(stage, x):
    deviation = np.sqrt(x.var(0) + 1e-9) + 1e-9
    gate = 1 / (1 + np.exp(-(x - x.mean(0)) / deviation))
    return x * (gate + stage.alpha.numpy() * (1 - gate))


def slow_tower(layer, x, activation):
    """Training mode: dense, batch norm, activation; then the logit."""
    stages = {stage.name: stage for stage in layer.stages}

    def dense(name):
        return x @ stages[name].kernel.numpy() + stages[name].bias.numpy()

    for index in range(len(layer.hidden_units)):
        x = dense(f"dense{index}")
        if layer.batch_norm:
            norm = stages[f"batch_norm{index}"]
            x = (x - x.mean(0)) / np.sqrt(x.var(0) + 1e-3)
            x = x * norm.gamma.numpy() + norm.beta.numpy()
        x = activation(stages[f"activation{index}"], x)
    return dense("logit")[:, 0]


@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("activation", [relu, prelu, dice])
def test_equals_a_slow_tower(activation, batch_norm):
    layer = built(activation=activation.__name__, batch_norm=batch_norm)
    inputs = arrays(1, (6, 4))
    wanted = slow_tower(layer, inputs, activation)
    np.testing.assert_allclose(layer(inputs, training=True), wanted, atol=1e-10)


def test_batch_norm_on_the_logit():
    layer, inputs = built(logit_batch_norm=True, activation="relu"), arrays(1, (6, 4))
    plain, norm = slow_tower(layer, inputs, relu), layer.stages[-1]
    scaled = (plain - plain.mean()) / np.sqrt(plain.var() + 1e-3)
    wanted = scaled * norm.gamma.numpy() + norm.beta.numpy()
    np.testing.assert_allclose(layer(inputs, training=True), wanted, atol=1e-10)


def test_moving_statistics_follow_the_batch():
    layer, inputs = built((3,), batch_norm_momentum=0.9), arrays(2, (6, 4))
    norm, dice_layer = layer.stages[1:3]
    before = norm.moving_mean.numpy(), norm.moving_variance.numpy()
    before_dice = dice_layer.moving_mean.numpy()
    seen = layer.outputs(inputs, training=True)
    dense, normed = (seen[name].numpy() for name in ("dense0", "batch_norm0"))
    mean = 0.9 * before[0] + 0.1 * dense.mean(0)
    np.testing.assert_allclose(norm.moving_mean, mean)
    variance = 0.9 * before[1] + 0.1 * dense.var(0)
    np.testing.assert_allclose(norm.moving_variance, variance)
    mean = 0.999 * before_dice + 0.001 * normed.mean(0)
    np.testing.assert_allclose(dice_layer.moving_mean, mean)


def test_inference_leaves_the_statistics_and_rows_alone():
    layer, inputs = built(), arrays(3, (6, 4))
    before = layer.get_weights()
    scores = np.asarray(layer(inputs))
    for old, new in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    np.testing.assert_allclose(layer(inputs[2:4]), scores[2:4], atol=1e-12)


def test_the_logit_is_never_below_float32():
    layer = PredictionTower((3,), dtype="mixed_bfloat16")
    assert layer(arrays(4, (2, 4)).astype("float32")).dtype == "float32"


# Dense 4·3 + 3, 3·2 + 2 and 2·1 + 1; γ and β or α, of 3 + 2 units.
@pytest.mark.parametrize(
    "activation, batch_norm, trainable, fixed",
    [
        ("dice", True, 26 + 10 + 5, 20),
        ("relu", True, 26 + 10, 10),
        ("prelu", False, 26 + 5, 0),
    ],
)
def test_layer(activation, batch_norm, trainable, fixed):
    run_layer_test(
        lambda dtype: PredictionTower((3, 2), activation, batch_norm, dtype=dtype),
        [arrays(5, (5, 4))],
        trainable,
        fixed,
    )


def test_unknown_activation():
    with pytest.raises(ValueError, match="activation must be one of.*received 'gelu'"):
        PredictionTower(activation="gelu")


def test_kernels_start_as_the_initialiser_says():
    initializer = keras.initializers.VarianceScaling(2.0, "fan_in", "truncated_normal")
    layer = PredictionTower((200, 200), "relu", False, kernel_initializer=initializer)
    layer.build((None, 200))
    kernels = [layer.dense0.kernel.numpy(), layer.dense1.kernel.numpy()]
    for kernel in kernels:  # 40,000 draws: the deviation is known to 0.4 %
        np.testing.assert_allclose(kernel.std(), 0.1, rtol=0.02)
    assert np.any(kernels[0] != kernels[1])  # each with a seed of its own


def test_config_of_a_built_tower_is_that_of_its_arguments():
    layer = built(logit_batch_norm=True)
    unbuilt = PredictionTower((3, 2), dtype="float64", logit_batch_norm=True)
    found, wanted = layer.get_config(), unbuilt.get_config()
    assert {**found, "name": None} == {**wanted, "name": None}
