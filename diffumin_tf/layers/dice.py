"""The Dice activation of DIN, with the paper's prediction tower (equation 22)."""

import keras
from keras import ops

_EPSILON = 1e-9


@keras.saving.register_keras_serializable("diffumin_tf")
class Dice(keras.layers.Layer):
    """`p x + α (1 − p) x` with `p = σ((x − m) / (s + 1e-9))`.

    In training m and s are the batch's mean and standard deviation, and the moving
    ones follow; at inference the moving ones are used. The moving statistic keeps
    the deviation itself, not its square.

    Args:
        momentum: Share of the moving statistics that stays at each step.
    """

    def __init__(self, momentum=0.999, **kwargs):
        super().__init__(**kwargs)
        self.momentum = momentum

    def build(self, input_shape):
        shape = (input_shape[-1],)
        self.alpha = self.add_weight(shape=shape, initializer="zeros", name="alpha")
        options = {"shape": shape, "trainable": False, "autocast": False}
        self.moving_mean = self.add_weight(
            name="moving_mean", initializer="zeros", **options
        )
        self.moving_deviation = self.add_weight(
            name="moving_deviation", initializer="ones", **options
        )
        self.built = True

    def call(self, inputs, training=False):
        """Applies the activation to `[B, units]` float, rows weighing equally."""
        if training:
            mean = ops.mean(inputs, axis=0)
            variance = ops.mean(ops.square(inputs - mean) + _EPSILON, axis=0)
            deviation = ops.sqrt(variance)
            self._follow(self.moving_mean, mean)
            self._follow(self.moving_deviation, deviation)
        else:
            mean = ops.cast(self.moving_mean, inputs.dtype)
            deviation = ops.cast(self.moving_deviation, inputs.dtype)
        gate = ops.sigmoid((inputs - mean) / (deviation + _EPSILON))
        return gate * inputs + self.alpha * (1 - gate) * inputs

    def _follow(self, moving, value):
        value = ops.cast(ops.stop_gradient(value), moving.dtype)
        moving.assign(moving * self.momentum + value * (1 - self.momentum))

    def get_config(self):
        return {**super().get_config(), "momentum": self.momentum}
