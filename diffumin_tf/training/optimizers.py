"""Optimisers that touch only the embedding rows of the batch.

The paper says Adam. For embedding rows that means here a lazy Adam: the gradients
of a row that appears more than once are summed first, then that row and its moments
move; absent rows stay where they are. Keras' own optimisers move every row of the
table at every step and square duplicates before they sum them. Dense weights get
Keras' rule, unchanged.
"""

import keras
import tensorflow as tf

from diffumin_tf.layers.composition import component
from diffumin_tf.training.distinct_rows import DistinctRows
from diffumin_tf.training.sharded_slots import ShardedSlots
from diffumin_tf.training.sharded_table import table_rows, write_rows


def sum_duplicates(slices):
    """Sums the gradients of equal rows.

    Args:
        slices: `tf.IndexedSlices`, indices in any order and number; `DistinctRows`
            has nothing to sum.

    Returns:
        The distinct rows `[R]` and the sums of their gradients `[R, dim]`.
    """
    if isinstance(slices, DistinctRows):
        return slices.indices, slices.values
    rows, positions = tf.unique(slices.indices)
    summed = tf.math.unsorted_segment_sum(slices.values, positions, tf.size(rows))
    return rows, summed


@keras.saving.register_keras_serializable("diffumin_tf")
class LazyAdam(ShardedSlots, keras.optimizers.Adam):
    """Adam that moves only the rows of a sparse gradient.

    Bias correction counts the optimiser's steps, not a row's own.

    Raises:
        ValueError: with `amsgrad`, which has no lazy form here.
    """

    def __init__(self, learning_rate=0.001, amsgrad=False, **kwargs):
        if amsgrad:
            raise ValueError("LazyAdam has no amsgrad; received amsgrad=True.")
        super().__init__(learning_rate=learning_rate, amsgrad=False, **kwargs)

    def update_step(self, gradient, variable, learning_rate):
        if not isinstance(gradient, tf.IndexedSlices):
            return super().update_step(gradient, variable, learning_rate)
        rows, gradient = sum_duplicates(gradient)
        index = self._get_variable_index(variable)
        step = tf.cast(self.iterations + 1, gradient.dtype)
        first = self._blend(self._momentums[index], rows, gradient, self.beta_1)
        second = self._blend(
            self._velocities[index], rows, tf.square(gradient), self.beta_2
        )
        correction = tf.sqrt(1 - self.beta_2**step) / (1 - self.beta_1**step)
        rate = tf.cast(learning_rate, gradient.dtype) * correction
        moved = rate * first / (tf.sqrt(second) + self.epsilon)
        write_rows(variable, rows, table_rows(variable, rows) - moved)

    def _blend(self, moment, rows, value, beta):
        """Moves the rows of a moment towards `value`; returns them."""
        blended = beta * table_rows(moment, rows) + (1 - beta) * value
        write_rows(moment, rows, blended)
        return blended


@keras.saving.register_keras_serializable("diffumin_tf")
class LazyAdagrad(ShardedSlots, keras.optimizers.Adagrad):
    """Adagrad that moves only the rows of a sparse gradient."""

    def update_step(self, gradient, variable, learning_rate):
        if not isinstance(gradient, tf.IndexedSlices):
            return super().update_step(gradient, variable, learning_rate)
        rows, gradient = sum_duplicates(gradient)
        accumulator = self._accumulators[self._get_variable_index(variable)]
        total = table_rows(accumulator, rows) + tf.square(gradient)
        write_rows(accumulator, rows, total)
        rate = tf.cast(learning_rate, gradient.dtype)
        moved = rate * gradient / tf.sqrt(total + self.epsilon)
        write_rows(variable, rows, table_rows(variable, rows) - moved)


@keras.saving.register_keras_serializable("diffumin_tf")
class SplitOptimizer(keras.optimizers.Optimizer):
    """One optimiser for the embedding table, another for all other weights.

    Keras' own `MultiOptimizer` came after the last Keras that runs on Python 3.10.

    Args:
        embedding: Optimiser of the table, lazy for its cost's sake.
        dense: Optimiser of the rest.
    """

    def __init__(self, embedding, dense, **kwargs):
        # The inner ones have the rates; a rate of its own would be read by no one.
        kwargs.setdefault("learning_rate", 0.0)
        super().__init__(**kwargs)
        self.optimizers = [component(embedding, None), component(dense, None)]

    def build(self, variables):
        super().build(variables)
        for optimizer, share in zip(
            self.optimizers, self._split(variables), strict=True
        ):
            optimizer.build([variable for _, variable in share])

    def apply(self, grads, trainable_variables):
        """Gives each inner optimiser its variables' gradients."""
        if not self.built:
            self.build(trainable_variables)
        shares = self._split(trainable_variables, grads)
        for optimizer, share in zip(self.optimizers, shares, strict=True):
            if share:
                optimizer.apply(*map(list, zip(*share, strict=True)))
        self._iterations.assign_add(1)

    def _split(self, variables, gradients=None):
        """Pairs of gradient and variable: the tables', then the others'."""
        pairs = list(zip(gradients or [None] * len(variables), variables, strict=True))
        tables = [pair for pair in pairs if pair[1].path.endswith("/table")]
        others = [pair for pair in pairs if not pair[1].path.endswith("/table")]
        return tables, others

    @property
    def variables(self):
        inner = [variable for one in self.optimizers for variable in one.variables]
        return [*super().variables, *inner]

    def get_config(self):
        embedding, dense = self.optimizers
        return {
            **super().get_config(),
            "embedding": keras.saving.serialize_keras_object(embedding),
            "dense": keras.saving.serialize_keras_object(dense),
        }
