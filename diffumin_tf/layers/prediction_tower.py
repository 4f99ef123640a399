"""The prediction layer (section 3.6, equation 22)."""

import keras

from diffumin_tf.layers.dice import Dice

ACTIVATIONS = ("dice", "relu", "prelu")


@keras.saving.register_keras_serializable("diffumin_tf")
class PredictionTower(keras.layers.Layer):
    """MLP to one logit: for each width a dense layer, batch norm, activation.

    Args:
        hidden_units: Widths of the hidden layers.
        activation: `"dice"`, `"relu"` or `"prelu"`.
        batch_norm: Whether a batch norm stands before each activation.
        logit_batch_norm: Whether one stands on the logit, as in the released code.
        batch_norm_momentum: Share of the moving statistics that stays at each step.
        dice_momentum: As in `Dice`.
        kernel_initializer: Initialiser of each dense kernel, as Keras takes it.

    Raises:
        ValueError: if `activation` is unknown.
    """

    def __init__(
        self,
        hidden_units=(1024, 512, 256),
        activation="dice",
        batch_norm=True,
        logit_batch_norm=False,
        batch_norm_momentum=0.99,
        dice_momentum=0.999,
        kernel_initializer="glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        if activation not in ACTIVATIONS:
            raise ValueError(
                f"activation must be one of {ACTIVATIONS}; received {activation!r}."
            )
        self.hidden_units = tuple(hidden_units)
        self.activation = activation
        self.batch_norm = batch_norm
        self.logit_batch_norm = logit_batch_norm
        self.batch_norm_momentum = batch_norm_momentum
        self.dice_momentum = dice_momentum
        if isinstance(kernel_initializer, keras.initializers.Initializer):
            # Of its description each layer makes one of its own, with its own seed.
            kernel_initializer = keras.initializers.serialize(kernel_initializer)
        self.kernel_initializer = kernel_initializer

    def build(self, input_shape):
        self.stages, width = [], input_shape[-1]
        for index, units in enumerate(self.hidden_units):
            for layer in self._stage(index, units):
                layer.build((None, width))
                width = units
                self.stages.append(layer)
        # The logit decides alone: it is never rounded below float32.
        dtype = "float64" if self.compute_dtype == "float64" else "float32"
        output = self._dense("logit", 1, dtype)
        output.build((None, width))
        self.stages.append(output)
        if self.logit_batch_norm:
            self.stages.append(self._batch_norm("logit_norm", dtype))
            self.stages[-1].build((None, 1))
        for stage in self.stages:
            setattr(self, stage.name, stage)  # TensorFlow's checkpoints skip lists
        self.built = True

    def _stage(self, index, units):
        dtype = self.dtype_policy
        yield self._dense(f"dense{index}", units, dtype)
        if self.batch_norm:
            yield self._batch_norm(f"batch_norm{index}", dtype)
        name = f"activation{index}"
        if self.activation == "dice":
            yield Dice(self.dice_momentum, dtype=dtype, name=name)
        elif self.activation == "prelu":
            yield keras.layers.PReLU(dtype=dtype, name=name)
        else:
            yield keras.layers.ReLU(dtype=dtype, name=name)

    def _dense(self, name, units, dtype):
        initializer = self.kernel_initializer
        return keras.layers.Dense(
            units, kernel_initializer=initializer, dtype=dtype, name=name
        )

    def _batch_norm(self, name, dtype):
        return keras.layers.BatchNormalization(
            momentum=self.batch_norm_momentum, epsilon=1e-3, dtype=dtype, name=name
        )

    def call(self, inputs, training=False):
        """Maps `[B, width]` float to the logit, `[B]` float32 or float64."""
        return self.outputs(inputs, training)["logit"][:, 0]

    def outputs(self, inputs, training=False):
        """Every stage's output by the stage's name, the last one `[B, 1]`."""
        x, seen = inputs, {}
        for layer in self.stages:
            normalises = isinstance(layer, (Dice, keras.layers.BatchNormalization))
            x = layer(x, training=training) if normalises else layer(x)
            seen[layer.name] = x
        seen["logit"] = x
        return seen

    def get_config(self):
        return {
            **super().get_config(),
            "hidden_units": self.hidden_units,
            "activation": self.activation,
            "batch_norm": self.batch_norm,
            "logit_batch_norm": self.logit_batch_norm,
            "batch_norm_momentum": self.batch_norm_momentum,
            "dice_momentum": self.dice_momentum,
            "kernel_initializer": self.kernel_initializer,
        }
