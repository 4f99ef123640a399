"""A table whose rows are spread over parameter servers.

Keras makes a variable's first values as one tensor on the coordinator, and reads a
variable as a whole. A table that no machine can hold allows neither: here each part is
made where it stays, and is read and moved by rows alone.
"""

import keras
import tensorflow as tf

_Parts = tf.__internal__.distribute.ShardedVariable


class ShardedTable(keras.Variable):
    """A Keras variable in parts of equal size, or a row more, one after the other.

    Made in the scope of a `tf.distribute.ParameterServerStrategy` the parts stand on
    its parameter servers in turn; without one, on this machine.

    Args:
        initializer: Keras initialiser, used for each part with a seed of its own.
        shape: `(rows, dim)`.
        num_shards: How many parts there are.
        **kwargs: Those of `keras.Variable`.

    Raises:
        ValueError: if there are fewer rows than parts, or less than a part.
    """

    def __init__(self, initializer, shape, num_shards, **kwargs):
        if not 1 <= num_shards <= shape[0]:
            raise ValueError(
                "num_shards must be at least 1 and at most the rows. Received: "
                f"num_shards={num_shards} for {shape[0]} rows."
            )
        self.num_shards = num_shards
        super().__init__(initializer, shape, **kwargs)

    def _initialize_with_initializer(self, initializer):
        num_rows, dim = self._shape
        base, extra = divmod(num_rows, self.num_shards)
        parts = [
            self._part(number, (base + (number < extra), dim), initializer)
            for number in range(self.num_shards)
        ]
        self._value = _Parts(parts, name=self.name)

    def _part(self, number, shape, initializer):
        config = initializer.get_config()
        if isinstance(config.get("seed"), int):  # Else the parts would be alike.
            config["seed"] += number
        initializer = type(initializer).from_config(config)
        return tf.Variable(
            lambda: initializer(shape, dtype=self._dtype),
            shape=shape,
            dtype=self._dtype,
            trainable=self.trainable,
            name=f"{self.name}_{number}",
        )

    def _gather_saveables_for_checkpoint(self):
        # Each part is saved where it stands, as a slice of the whole.
        return self._value._gather_saveables_for_checkpoint()


def table_rows(variable, rows):
    """Rows of a table, without a read of the whole of it.

    Args:
        variable: A Keras or TensorFlow variable `[num_rows, ...]`, sharded or not.
        rows: `[N]` int.

    Returns:
        `[N, ...]` tensor.
    """
    variable = _raw(variable)
    if isinstance(variable, _Parts):
        return tf.nn.embedding_lookup(variable.variables, rows)
    return tf.gather(variable, rows)


def write_rows(variable, rows, values):
    """Writes rows of a table, as `table_rows` reads them.

    Args:
        variable: As there.
        rows: `[N]` int, each once.
        values: `[N, ...]`.
    """
    _raw(variable).scatter_update(tf.IndexedSlices(values, rows))


def is_sharded(variable):
    """Whether a Keras or TensorFlow variable is in parts."""
    return isinstance(variable, ShardedTable | _Parts)


def _raw(variable):
    """The TensorFlow variable: Keras passes either kind."""
    return variable.value if isinstance(variable, keras.Variable) else variable
