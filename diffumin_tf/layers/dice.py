"""The Dice activation of DIN, with the paper's prediction tower (equation 22)."""

import keras
from keras import ops

from diffumin_tf.layers.composition import precise_dtype

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

    def call(self, inputs, training=False, valid=None):
        """Applies the activation.

        Args:
            inputs: `[..., units]` float; all entries weigh equally.
            training: Whether the batch's statistics are used and followed.
            valid: `[...]` bool, the entries that count in the statistics; None for
                all. A batch without any leaves the moving statistics as they are.

        Returns:
            `[..., units]` float.
        """
        if training:
            mean, deviation = self._batch_statistics(inputs, valid)
        else:
            mean = ops.cast(self.moving_mean, inputs.dtype)
            deviation = ops.cast(self.moving_deviation, inputs.dtype)
        gate = ops.sigmoid((inputs - mean) / (deviation + _EPSILON))
        return gate * inputs + self.alpha * (1 - gate) * inputs

    def _batch_statistics(self, inputs, valid):
        mean = _mean(inputs, valid)
        variance = _mean(ops.square(inputs - mean) + _EPSILON, valid)
        # Without a valid entry the root of 0 would have no gradient.
        deviation = ops.sqrt(ops.maximum(variance, _EPSILON))
        some = True if valid is None else ops.any(valid)
        self._follow(self.moving_mean, mean, some)
        self._follow(self.moving_deviation, deviation, some)
        return mean, deviation

    def _follow(self, moving, value, some):
        value = ops.cast(ops.stop_gradient(value), moving.dtype)
        followed = moving * self.momentum + value * (1 - self.momentum)
        moving.assign(ops.where(some, followed, ops.convert_to_tensor(moving)))

    def get_config(self):
        return {**super().get_config(), "momentum": self.momentum}


def _mean(inputs, valid):
    """`[units]`: the mean of the valid entries, 0 if there are none."""
    axes = tuple(range(len(inputs.shape) - 1))
    if valid is None:
        return ops.mean(inputs, axis=axes)
    count = ops.sum(ops.cast(valid, precise_dtype(inputs.dtype)))
    masked = ops.where(valid[..., None], inputs, ops.zeros_like(inputs))
    total = ops.sum(ops.cast(masked, count.dtype), axis=axes)
    return ops.cast(total / ops.maximum(count, 1), inputs.dtype)
