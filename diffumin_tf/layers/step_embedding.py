"""The embedding of a diffusion step."""

import math

import keras
import numpy as np
from keras import ops

from diffumin_tf.layers.composition import precise_dtype


@keras.saving.register_keras_serializable("diffumin_tf")
class StepEmbedding(keras.layers.Layer):
    """Sinusoids of t, then Dense(4d) – swish – Dense(d).

    Args:
        width: d, even and at least 4.
        zero_based: Whether the sinusoids see t − 1, as the released code's do.

    Raises:
        ValueError: if `width` is odd or below 4.
    """

    def __init__(self, width, zero_based=False, **kwargs):
        super().__init__(**kwargs)
        if width % 2 or width < 4:
            raise ValueError(
                f"The interests' width must be even and at least 4; received {width}."
            )
        self.width = width
        self.zero_based = zero_based

    def build(self, input_shape=None):
        self.inner_dense = keras.layers.Dense(
            4 * self.width, activation="swish", dtype=self.dtype_policy, name="inner"
        )
        self.inner_dense.build((None, self.width))
        self.outer_dense = keras.layers.Dense(
            self.width, dtype=self.dtype_policy, name="outer"
        )
        self.outer_dense.build((None, 4 * self.width))
        self.built = True

    def sinusoids(self, step):
        """`[..., d]`: sines, then cosines, of t at d/2 frequencies."""
        half = self.width // 2
        frequencies = np.exp(-math.log(1e4) * np.arange(half) / (half - 1))
        # bfloat16 would take t = 998 for t = 1000.
        dtype = precise_dtype(self.compute_dtype)
        table = ops.convert_to_tensor(frequencies, dtype=dtype)
        step = ops.cast(step - int(self.zero_based), dtype)
        angle = step[..., None] * table
        return ops.concatenate([ops.sin(angle), ops.cos(angle)], axis=-1)

    def call(self, step):
        """Embeds `step` (`[...]` int, t in 1..T) as `[..., d]`."""
        return self.outer_dense(self.inner_dense(self.sinusoids(step)))

    def get_config(self):
        return {
            **super().get_config(),
            "width": self.width,
            "zero_based": self.zero_based,
        }
