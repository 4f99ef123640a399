"""What an optimiser keeps of a sharded table, in parts like it."""

import keras

from diffumin_tf.training.sharded_table import ShardedTable, is_sharded


class ShardedSlots:
    """Base, before Keras' own, of the optimisers that move rows alone.

    Keras would make the slot of a sharded table in one piece, and knows no update of a
    variable in parts.
    """

    def add_variable_from_reference(
        self, reference_variable, name=None, initializer="zeros"
    ):
        if not is_sharded(reference_variable):
            return super().add_variable_from_reference(
                reference_variable, name, initializer
            )
        slot = ShardedTable(
            keras.initializers.get(initializer),
            reference_variable.shape,
            reference_variable.num_shards,
            dtype=reference_variable.dtype,
            trainable=False,
            name=f"{reference_variable.path.replace('/', '_')}_{name}",
        )
        self._track_variable(slot)
        return slot

    def _backend_update_step(self, grads, trainable_variables, learning_rate):
        pairs = list(zip(grads, trainable_variables, strict=True))
        for gradient, variable in pairs:
            if is_sharded(variable):
                self.update_step(gradient, variable, learning_rate)
        if others := [pair for pair in pairs if not is_sharded(pair[1])]:
            super()._backend_update_step(*zip(*others, strict=True), learning_rate)
