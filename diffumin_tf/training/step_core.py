"""Forward and backward of a step, compiled: whole on one device, in two on several.

The cut is where the rows of a batch meet: before it a device needs its own rows alone,
after it every device computes the same of all of them. So nothing is exchanged inside
of what is compiled, and the losses, batch statistics and negatives are those of one
device that has the joint batch.
"""

from typing import Any, NamedTuple

import keras
import tensorflow as tf

from diffumin_tf.training import replicas

_NEW_NAMES = ("row_embeddings", "side_embeddings")
_OF_ROWS = ("labels", "weights")


class CoreResult(NamedTuple):
    """What the core returns.

    Attributes:
        losses: Scalars by name, of the rows of all devices.
        logit: `[B]` float, of the rows of all devices.
        labels: `[B]` float of the same.
        weights: `[B]` float of the same.
        gathered_gradients: Those of what was gathered for this device.
        gradients: Those of the trained variables, to be summed over the devices.
        moved: New values of the other variables.
    """

    losses: dict
    logit: Any
    labels: Any
    weights: Any
    gathered_gradients: Any
    gradients: list
    moved: list


class StepCore:
    """The core of one model's step.

    Args:
        model: A built `CTRModel`.
        jit_compile: Whether XLA compiles it.
    """

    def __init__(self, model, jit_compile):
        self._model = model
        self._variables = model.core_variables()
        self._jit_compile = jit_compile

    def __call__(self, gathered, inputs, labels, weights, first_row):
        """Runs it.

        Args:
            gathered: What the step has read of the tables, any nest of tensors.
            inputs: The batch, deduplicated.
            labels: `[B]` float.
            weights: `[B]` float.
            first_row: Scalar int, place of the first of these rows among those of all
                devices.

        Returns:
            A `CoreResult`.
        """
        if replicas.count() == 1:
            return self._whole(gathered, inputs, labels, weights)
        return self._cut(gathered, inputs, labels, weights, first_row)

    def _compiled(self, function):
        return tf.function(function, autograph=False, jit_compile=self._jit_compile)

    def _values(self):
        return [[_readable(v) for v in group] for group in self._variables]

    def _whole(self, gathered, inputs, labels, weights):
        found = self._compiled(self._forward_backward)(
            gathered, inputs, labels, weights, *self._values()
        )
        losses, logit, (gathered, *gradients), moved = found
        return CoreResult(losses, logit, labels, weights, gathered, gradients, moved)

    def _forward_backward(self, gathered, inputs, labels, weights, trained, others):
        """Losses and gradients as a pure function, so that XLA takes it whole."""
        with tf.GradientTape() as tape:
            tape.watch([gathered, trained])
            with self._state(trained, others) as scope:
                outputs = self._model(
                    inputs | dict(zip(_NEW_NAMES, gathered, strict=True)),
                    training=True,
                    return_intermediates=True,
                )
                losses = self._model.compute_losses(outputs, labels, weights)
        # Kernels that no equation reaches (cross-attention's queries and keys) get 0.
        gradients = tape.gradient(
            losses["loss"], [gathered, *trained], unconnected_gradients="zero"
        )
        return losses, outputs["logit"], gradients, self._moved(scope)

    def _cut(self, gathered, inputs, labels, weights, first_row):
        trained, others = self._values()
        read = gathered, inputs, trained, others
        rows = self._compiled(self._read)(*read)
        own = rows | {"labels": labels, "weights": weights}
        joined = replicas.gather_rows(own)
        losses, logit, by_row, shares, moved = self._compiled(self._join)(
            joined, trained, others
        )
        # Gathered, not cut out: so their number is known where that of labels is.
        own_rows = first_row + tf.range(labels.shape[0] or tf.shape(labels)[0])
        upstream = {n: tf.gather(value, own_rows) for n, value in by_row.items()}
        found = self._compiled(self._read_back)(upstream, *read)
        # Every device has the whole of what comes after the cut: a share of each.
        gradients = [
            before + after / replicas.count()
            for before, after in zip(found[1:], shares, strict=True)
        ]
        of_rows = (joined[name] for name in _OF_ROWS)
        return CoreResult(losses, logit, *of_rows, found[0], gradients, moved)

    def _read(self, gathered, inputs, trained, others):
        """Before the cut: what the losses need of this device's rows."""
        model = self._model
        inputs = inputs | dict(zip(_NEW_NAMES, gathered, strict=True))
        with self._state(trained, others) as scope:
            rows = model.read_rows(model.embed(inputs), training=True)
        self._check_unmoved(scope, others)
        return {name: _exchangeable(rows[name]) for name in model.joined_outputs}

    def _read_back(self, upstream, gathered, inputs, trained, others):
        """Gradients of what is before the cut, which is computed a second time.

        XLA keeps what a loop leaves for its gradient inside of one program.
        """
        with tf.GradientTape() as tape:
            tape.watch([gathered, trained])
            rows = self._read(gathered, inputs, trained, others)
        names = sorted(upstream)
        return tape.gradient(
            [rows[name] for name in names],
            [gathered, *trained],
            [upstream[name] for name in names],
            unconnected_gradients="zero",
        )

    def _join(self, rows, trained, others):
        """After it: losses, and gradients by row and by variable."""
        labels, weights = (rows[name] for name in _OF_ROWS)
        rows = {name: rows[name] for name in self._model.joined_outputs}
        floats = {n: value for n, value in rows.items() if value.dtype.is_floating}
        with tf.GradientTape() as tape:
            tape.watch([floats, trained])
            with self._state(trained, others) as scope:
                outputs = rows | self._model.join_rows(rows, training=True)
                losses = self._model.compute_losses(outputs, labels, weights)
        by_row, gradients = tape.gradient(
            losses["loss"], [floats, trained], unconnected_gradients="zero"
        )
        return losses, outputs["logit"], by_row, gradients, self._moved(scope)

    def _state(self, trained, others):
        variables = self._variables[0] + self._variables[1]
        mapping = list(zip(variables, trained + others, strict=True))
        return keras.StatelessScope(state_mapping=mapping)

    def _moved(self, scope):
        return [scope.get_current_value(variable) for variable in self._variables[1]]

    def _check_unmoved(self, scope, others):
        moved = zip(self._variables[1], self._moved(scope), others, strict=True)
        if paths := [v.path for v, new, old in moved if new is not old]:
            raise ValueError(
                "statistics of a batch must be of what the tower reads where several "
                f"devices share a step. Received: {paths}, which follow the histories "
                "of one device; take another activation, or one device."
            )


def _exchangeable(value):
    """TensorFlow's exchange takes no bfloat16; in float32 it is the same number."""
    value = tf.convert_to_tensor(value)
    return tf.cast(value, tf.float32) if value.dtype == tf.bfloat16 else value


def _readable(variable):
    """A variable, or its value where it may stand on another machine."""
    if tf.distribute.has_strategy():
        return tf.convert_to_tensor(variable.value)
    return variable.value
