"""Tests of the interest channels: bias, jitter, edges."""

import numpy as np
import pytest

from diffumin_tf.layers import OMIELayer
from diffumin_tf.layers.orthogonal_channels import OrthogonalChannels
from tests.testing import arrays, randomise, run_layer_test

B, C, D = 4, 3, 5


def built(**options):
    layer = OrthogonalChannels(C, dtype="float64", **options)
    layer.build((None, D))
    return randomise(layer)


def test_the_projection_s_bias_and_jitter():
    layer, target = built(use_bias=True, jitter=0.25), arrays(1, (B, D))
    noise = arrays(2, (B, C, D))
    vectors = np.einsum("ba,acd->bcd", target, layer.kernel.numpy())
    vectors += layer.bias.numpy()
    np.testing.assert_allclose(layer.project(target), vectors, atol=1e-12)
    for found, matrix in (
        (layer(target), vectors),
        (layer(target, noise=noise), vectors + 0.25 * noise),
    ):
        columns, triangular = np.linalg.qr(np.swapaxes(matrix, 1, 2))
        signs = np.sign(np.diagonal(triangular, axis1=1, axis2=2))
        wanted = np.swapaxes(columns * signs[:, None], 1, 2)
        np.testing.assert_allclose(found, wanted, atol=1e-9)


def test_jitter_alone_spans_channels_where_the_target_is_zero():
    layer, noise = built(jitter=1e-8), arrays(3, (B, C, D))
    found = np.asarray(layer(np.zeros((B, D)), noise=noise))
    products = np.einsum("bid,bjd->bij", found, found)
    np.testing.assert_allclose(products, np.tile(np.eye(C), (B, 1, 1)), atol=1e-12)
    # The first channel points where the first noise does.
    first = noise[:, 0] / np.linalg.norm(noise[:, 0], axis=1, keepdims=True)
    np.testing.assert_allclose(found[:, 0], first, atol=1e-9)


def test_jitter_is_a_row_s_own():
    keys = np.array([5, 6, 5], "uint32")
    noise = np.asarray(built(jitter=1e-8).draw_jitter(keys, D))
    assert noise.shape == (3, C, D)
    np.testing.assert_array_equal(noise[0], noise[2])
    assert np.all(noise[0] != noise[1])


@pytest.mark.parametrize("options", [{}, {"use_bias": True, "jitter": 0.1}], ids=str)
def test_layer(options):
    run_layer_test(
        lambda dtype: OrthogonalChannels(C, dtype=dtype, **options),
        list(arrays(4, (B, D), (B, C, D))),
        trainable=D * C * D + C * D * bool(options),
        call=lambda layer, target, noise: layer(target, noise=noise),
    )


def test_the_options_are_those_of_the_extractor():
    options = {"num_channels": 3, "use_bias": True, "jitter": 0.5}
    options |= {"sign_rule": "householder", "kernel_initializer": "zeros"}
    copy = OMIELayer.from_config(OMIELayer(**options).get_config())
    found = copy.projection.get_config()
    assert found["kernel_initializer"]["class_name"] == "Zeros"
    del options["kernel_initializer"]
    assert {name: found[name] for name in options} == options


@pytest.mark.parametrize(
    "options, message",
    [
        ({"sign_rule": "other"}, "sign_rule must be one of .*; received 'other'"),
        ({"jitter": -1}, "jitter must not be negative; received -1"),
    ],
)
def test_arguments_out_of_range(options, message):
    with pytest.raises(ValueError, match=message):
        OrthogonalChannels(**options)


def test_the_projection_starts_as_one_dense_layer():
    layer = OrthogonalChannels(4)
    layer.build((None, 24))
    largest = np.abs(layer.kernel.numpy()).max()
    # Glorot's limit for 24 to 96 units; 2,304 draws come within 1 % of it.
    np.testing.assert_allclose(largest, (6 / (24 + 96)) ** 0.5, rtol=0.01)
