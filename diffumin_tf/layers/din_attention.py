"""DIN's local activation unit: each behaviour weighed by its relation to the target."""

import keras
from keras import ops

from diffumin_tf.layers.dice import Dice
from diffumin_tf.layers.masked_softmax import masked_softmax
from diffumin_tf.layers.row_histories import row_histories

ACTIVATIONS = ("sigmoid", "dice")


@keras.saving.register_keras_serializable("diffumin_tf")
class DINAttention(keras.layers.Layer):
    """`a_j = MLP([e_j, e_t, e_j − e_t, e_j ⊙ e_t])`, `v = Σ a_j e_j`.

    Args:
        hidden_units: Widths of the hidden layers, at least one.
        activation: `"sigmoid"` or `"dice"`; Dice's batch statistics leave padding
            out.
        softmax: Whether `a_j / √d` go through a softmax over the behaviours, as in
            the authors' released code. In the paper they do not, so that v keeps
            how much there is of an interest.

    Raises:
        ValueError: if `activation` is unknown or there is no hidden layer.
    """

    def __init__(
        self, hidden_units=(80, 40), activation="sigmoid", softmax=False, **kwargs
    ):
        super().__init__(**kwargs)
        if activation not in ACTIVATIONS:
            raise ValueError(
                f"activation must be one of {ACTIVATIONS}; received {activation!r}."
            )
        if not hidden_units:
            raise ValueError(
                f"hidden_units must name at least one width; received {hidden_units}."
            )
        self.hidden_units = tuple(hidden_units)
        self.activation = activation
        self.softmax = softmax

    def build(self, history_shape, target_shape=None):
        units = self.hidden_units
        self.kernel = self.add_weight(
            shape=(4 * history_shape[-1], units[0]),
            initializer="glorot_uniform",
            name="kernel",
        )
        self.bias = self.add_weight(shape=units[:1], initializer="zeros", name="bias")
        self.stages = [self._activation(0)]
        for index, width in enumerate(units[1:], start=1):
            self.stages += [self._dense(f"dense{index}", width)]
            self.stages += [self._activation(index)]
        self.stages.append(self._dense("score", 1))
        width = units[0]
        for stage in self.stages:
            stage.build((None, None, width))
            width = getattr(stage, "units", width)
            setattr(self, stage.name, stage)  # TensorFlow's checkpoints skip lists
        self.built = True

    def _dense(self, name, units):
        return keras.layers.Dense(units, dtype=self.dtype_policy, name=name)

    def _activation(self, index):
        options = {"dtype": self.dtype_policy, "name": f"activation{index}"}
        if self.activation == "dice":
            return Dice(**options)
        return keras.layers.Activation("sigmoid", **options)

    def scores(self, history, target, history_mask, training=False):
        """The MLP of every pair of behaviour and target, a.

        Args:
            history: `[B, l, d]` float.
            target: `[B, d]` float.
            history_mask: `[B, l]` bool.
            training: Whether Dice uses and moves batch statistics.

        Returns:
            `[B, l]` float; where the mask is False, whatever padding gives.
        """
        x = self._first_layer(history, target)
        for stage in self.stages:
            if isinstance(stage, Dice):
                x = stage(x, training=training, valid=history_mask)
            else:
                x = stage(x)
        return x[..., 0]

    def _first_layer(self, history, target):
        """The first dense layer, `[B, l, units]`, without its input `[B, l, 4d]`.

        Its four terms are linear in e_j once e_t is given: a kernel for each target.
        """
        own, other, difference, product = ops.split(self.kernel, 4, axis=0)
        kernel = (own + difference)[None] + target[..., None] * product[None]
        bias = ops.matmul(target, other - difference) + self.bias
        return ops.matmul(history, kernel) + bias[:, None]

    def call(self, history, target, history_mask, user_index=None, training=False):
        """Pools the history.

        Args:
            history: `[U, l, d]` float.
            target: `[B, d]` float.
            history_mask: `[B, l]` bool, the behaviours that row b may see.
            user_index: `[B]` int, the history row of each target; None as in
                `row_histories`.
            training: As in `scores`.

        Returns:
            v, `[B, d]` float: the zero vector for an empty history.
        """
        history = row_histories(history, target, user_index)
        scores = self.scores(history, target, history_mask, training)
        if self.softmax:
            weights = masked_softmax(scores * history.shape[-1] ** -0.5, history_mask)
        else:
            weights = ops.where(history_mask, scores, ops.zeros_like(scores))
        return ops.einsum("bl,bld->bd", weights, history)

    def get_config(self):
        return {
            **super().get_config(),
            "hidden_units": self.hidden_units,
            "activation": self.activation,
            "softmax": self.softmax,
        }
