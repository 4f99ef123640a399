"""The interest channels: an orthonormal basis of the projected target (3.3)."""

import keras
from keras import ops

from diffumin_tf.layers import row_noise
from diffumin_tf.layers.orthonormalize import (
    SIGN_RULES,
    gram_schmidt,
    householder_signs,
)


@keras.saving.register_keras_serializable("diffumin_tf")
class OrthogonalChannels(keras.layers.Layer):
    """O of a target (equations 2 to 4).

    Args:
        num_channels: c.
        sign_rule: `"positive_diagonal"` makes the channels a continuous function of
            W; `"householder"` is LAPACK's, as in the released code.
        kernel_initializer: Initialiser of W as one dense layer, `[d, c · d]`.
        use_bias: Whether the projection has a bias, as the released one.
        jitter: Deviation of the noise that the released code adds to the projection
            before its decomposition, in training and at inference; 0 for none.

    Raises:
        ValueError: if the sign rule is unknown, `jitter` negative or c above d.
    """

    def __init__(
        self,
        num_channels=4,
        sign_rule="positive_diagonal",
        kernel_initializer="glorot_uniform",
        use_bias=False,
        jitter=0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if sign_rule not in SIGN_RULES:
            raise ValueError(
                f"sign_rule must be one of {SIGN_RULES}; received {sign_rule!r}."
            )
        if jitter < 0:
            raise ValueError(f"jitter must not be negative; received {jitter}.")
        self.num_channels = num_channels
        self.sign_rule = sign_rule
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.use_bias = use_bias
        self.jitter = jitter

    def build(self, target_shape):
        width = target_shape[-1]
        if self.num_channels > width:
            raise ValueError(
                f"num_channels must not exceed the behaviours' width ({width}); "
                f"received {self.num_channels}."
            )
        self.kernel = self.add_weight(
            shape=(width, self.num_channels, width),
            initializer=self._dense_kernel,
            name="kernel",
        )
        if self.use_bias:
            self.bias = self.add_weight(
                shape=(self.num_channels, width), initializer="zeros", name="bias"
            )
        self.built = True

    def _dense_kernel(self, shape, dtype=None):
        # Of three axes Keras takes the first for a window, and starts smaller.
        width, count, _ = shape
        matrix = self.kernel_initializer((width, count * width), dtype=dtype)
        return ops.reshape(matrix, shape)

    def project(self, target):
        """`e'_s = e_s W` (equation 2): `[B, d]` to `[B, c, d]`."""
        projected = ops.einsum("ba,acd->bcd", target, self.kernel)
        return projected + self.bias if self.use_bias else projected

    def draw_jitter(self, keys, width):
        """Standard normal noise for the projection, `[B, c, d]`, by row key."""
        shape = (self.num_channels, width)
        return row_noise.normal(keys, row_noise.JITTER, shape, self.compute_dtype)

    def call(self, target, noise=None):
        """Decomposes a target.

        Args:
            target: `[B, d]` float, e_s.
            noise: `[B, c, d]` float, what `draw_jitter` returns; None to add none.

        Returns:
            `[B, c, d]` float with orthonormal rows.
        """
        projected = self.project(target)
        if self.compute_dtype in ("bfloat16", "float16"):
            projected = ops.cast(projected, "float32")
        if noise is not None:
            projected = projected + self.jitter * ops.cast(noise, projected.dtype)
        basis = gram_schmidt(projected)
        if self.sign_rule == "householder":
            basis = basis * householder_signs(projected)
        return ops.cast(basis, self.compute_dtype)

    def get_config(self):
        return {
            **super().get_config(),
            "num_channels": self.num_channels,
            "sign_rule": self.sign_rule,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "use_bias": self.use_bias,
            "jitter": self.jitter,
        }
