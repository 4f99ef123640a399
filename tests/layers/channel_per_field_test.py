import numpy as np

from diffumin_tf.layers import ChannelPerField, OMIELayer


def test_channels_start_as_the_fields_of_the_target():
    layer = OMIELayer(3, kernel_initializer=ChannelPerField(2, noise=0.0))
    layer.build((None, None, 4))
    target = np.array([[1.0, 2.0, 3.0, 4.0]], "float32")
    projected = layer.projection.project(target).numpy()[0]
    np.testing.assert_array_equal(projected[0], [1, 2, 0, 0])
    np.testing.assert_array_equal(projected[1], [0, 0, 3, 4])
    assert np.all(projected[2] != 0)  # a third channel starts random


def test_same_seed_gives_the_same_kernel_after_a_round_trip():
    initializer = ChannelPerField(2, noise=0.1, seed=5)
    again = ChannelPerField.from_config(initializer.get_config())
    np.testing.assert_array_equal(initializer((4, 8)), again((4, 8)))
    other = ChannelPerField(2, noise=0.1, seed=6)
    assert not np.array_equal(initializer((4, 8)), other((4, 8)))
