"""CAN's co-action unit: the target's id is a small network that reads the history."""

import keras
from keras import ops

from diffumin_tf.layers.row_histories import row_histories


@keras.saving.register_keras_serializable("diffumin_tf")
class CoAction(keras.layers.Layer):
    """Runs each behaviour through a micro-MLP whose weights belong to the target.

    `h_0 = pᵒ`, `h_i = tanh(W_i h_{i−1} + b_i)`, the last one without tanh, with the
    behaviour's induction vector p and every order o. The outputs of all layers and
    orders are summed over the history and joined. The layer has no weights: a target
    brings its own, layer by layer the kernel `[input, units]` row by row, then the
    bias.

    Args:
        input_dim: Width of an induction vector.
        hidden_units: Widths of the micro-MLP's layers: 8 of 4 in the paper, 8 and 4
            behind an input of 16 in the released code.
        num_orders: n: p, p², ... pⁿ are read by the same weights.
        use_bias: Whether the layers have biases; in the released code they have none.

    Raises:
        ValueError: if a number is not positive or there is no layer.
    """

    def __init__(
        self,
        input_dim=4,
        hidden_units=(4,) * 8,
        num_orders=2,
        use_bias=True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if not hidden_units or min(hidden_units) < 1:
            raise ValueError(
                "hidden_units must name at least one width, each positive; "
                f"received {hidden_units}."
            )
        for name, value in (("input_dim", input_dim), ("num_orders", num_orders)):
            if value < 1:
                raise ValueError(f"{name} must be positive; received {value}.")
        self.input_dim = input_dim
        self.hidden_units = tuple(hidden_units)
        self.num_orders = num_orders
        self.use_bias = use_bias

    @property
    def num_parameters(self):
        """int, P, the weights of one micro-MLP."""
        return sum(inner * outer + bias for inner, outer, bias in self._shapes())

    @property
    def output_dim(self):
        """int, the width of what one field of the history gives."""
        return self.num_orders * sum(self.hidden_units)

    def _shapes(self):
        """Input width, output width and biases of each layer of the micro-MLP."""
        inputs = (self.input_dim, *self.hidden_units)
        pairs = zip(inputs, self.hidden_units, strict=False)
        return [(inner, outer, outer * self.use_bias) for inner, outer in pairs]

    def call(self, inductions, parameters, history_mask, user_index=None):
        """Reads the history once for each field, by that field of the target.

        Args:
            inductions: `[U, l, F · input_dim]` float, finite in padding too.
            parameters: `[B, F · P]` float, the targets' micro-MLPs.
            history_mask: `[B, l]` bool, the behaviours that row b may see.
            user_index: `[B]` int, the history row of each target; None as in
                `row_histories`.

        Returns:
            `[B, F · output_dim]` float, field by field, in it order by order and in
            that layer by layer: zeros for an empty history.
        """
        layers = self._micro_layers(parameters)
        # Behaviours last: the axis that is long, where the others are a few wide.
        stored = ops.reshape(
            inductions, (*ops.shape(inductions)[:2], -1, self.input_dim)
        )
        stored = ops.transpose(stored, (0, 2, 3, 1))
        first = row_histories(stored, history_mask, user_index)
        weights = ops.cast(history_mask, first.dtype)[:, None, :, None]
        outputs, power = [], first
        for order in range(self.num_orders):
            power = power * first if order else first
            outputs += [ops.matmul(x, weights) for x in self._hidden(power, layers)]
        joined = ops.concatenate(outputs, axis=2)
        fields = inductions.shape[-1] // self.input_dim
        return ops.reshape(joined, (-1, fields * self.output_dim))

    def _micro_layers(self, parameters):
        """Kernels `[B, F, outer, inner]` and biases `[B, F, outer, 1]`, or None."""
        fields = parameters.shape[-1] // self.num_parameters
        parameters = ops.reshape(parameters, (-1, fields, self.num_parameters))
        layers, place = [], 0
        for inner, outer, bias in self._shapes():
            kernel = parameters[..., place : place + inner * outer]
            kernel = ops.reshape(kernel, (-1, fields, inner, outer))
            place += inner * outer
            shift = parameters[..., place : place + bias, None] if bias else None
            place += bias
            layers.append((ops.swapaxes(kernel, 2, 3), shift))
        return layers

    def _hidden(self, x, layers):
        """Every layer's output, `[B, F, units, l]`, for `[B, F, input_dim, l]`."""
        hidden = []
        for index, (kernel, bias) in enumerate(layers, start=1):
            x = ops.matmul(kernel, x)
            x = x if bias is None else x + bias
            x = ops.tanh(x) if index < len(layers) else x
            hidden.append(x)
        return hidden

    def get_config(self):
        return {
            **super().get_config(),
            "input_dim": self.input_dim,
            "hidden_units": self.hidden_units,
            "num_orders": self.num_orders,
            "use_bias": self.use_bias,
        }
