"""An initialiser of OMIE's projection: a channel for each field of the target."""

import keras
import numpy as np


@keras.saving.register_keras_serializable("diffumin_tf")
class ChannelPerField(keras.initializers.Initializer):
    """Starts channel j as field j of the target; further channels start random.

    The paper does not say how W starts. No gradient of the click loss reaches W
    through mean pooling, so the channels change slowly and their start matters: as
    fields they are orthogonal, and each scores a behaviour by what it shares with
    the target in one respect.

    Args:
        field_width: Width of one field's embedding.
        noise: Standard deviation of what is added to the whole kernel.
        seed: Seed of the noise and of the random channels.
    """

    def __init__(self, field_width=8, noise=0.02, seed=0):
        self.field_width = field_width
        self.noise = noise
        self.seed = seed

    def __call__(self, shape, dtype=None):
        """Returns a kernel `[d, c · d]`."""
        width, channels = shape[0], shape[1] // shape[0]
        rng = np.random.default_rng(self.seed)
        kernel = rng.normal(0, self.noise, (width, channels, width))
        field = np.arange(width) // self.field_width
        for channel in range(channels):
            if channel > field[-1]:
                kernel[:, channel] += rng.normal(0, width**-0.5, (width, width))
            else:
                kernel[:, channel] += np.diag(field == channel)
        return keras.ops.convert_to_tensor(kernel.reshape(shape), dtype=dtype)

    def get_config(self):
        return {
            "field_width": self.field_width,
            "noise": self.noise,
            "seed": self.seed,
        }
