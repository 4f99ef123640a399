"""What devices that share a step tell each other; on one device, nothing.

All is called inside of `tf.distribute.Strategy.run`, or without any strategy.
"""

import tensorflow as tf

from diffumin_tf.training.optimizers import sum_duplicates
from diffumin_tf.training.sorted_rows import sum_sorted


def count():
    """How many devices share the step, int."""
    return tf.distribute.get_replica_context().num_replicas_in_sync


def fixes_shapes():
    """Whether no shape inside of a step may hang on values: so on TPUs.

    Their cores run one program, and exchange tensors of one shape.
    """
    return isinstance(tf.distribute.get_strategy(), tf.distribute.TPUStrategy)


def gather_rows(tensors):
    """All devices' rows, in an order of devices that is the same on all.

    Args:
        tensors: Dictionary of `[B, ...]` tensors; B may differ between devices.

    Returns:
        A dictionary of the same names, equal on all devices.
    """
    context = tf.distribute.get_replica_context()
    if context.num_replicas_in_sync == 1:
        return tensors
    # What a function returned stands on no device, and TensorFlow asks for it.
    placed = {name: tf.identity(value) for name, value in tensors.items()}
    return {name: context.all_gather(value, 0) for name, value in placed.items()}


def sum_rows(rows, gradients):
    """Gradients of table rows, summed over devices.

    Args:
        rows: `[R]` int, distinct rows of this device, but for padding.
        gradients: `[R, dim]` float.

    Returns:
        `(rows, gradients)` of the same kind, equal on all devices.
    """
    if count() == 1 and not fixes_shapes():
        return rows, gradients
    joined = gather_rows({"rows": rows, "gradients": gradients})
    if fixes_shapes():
        return sum_sorted(joined["rows"], joined["gradients"])
    return sum_duplicates(tf.IndexedSlices(joined["gradients"], joined["rows"]))


def sum_all(gradients):
    """Tensors of equal shapes, each summed over devices."""
    if count() == 1:
        return list(gradients)
    context = tf.distribute.get_replica_context()
    return context.all_reduce(tf.distribute.ReduceOp.SUM, list(gradients))


def take_sums(optimizer):
    """Has an optimizer take gradients that are summed already; returns it.

    Keras would sum them when they are clipped, and rows by collectives that must not
    change their shape from step to step.
    """
    for one in [optimizer, *getattr(optimizer, "optimizers", ())]:
        one._all_reduce_sum_gradients = list
    return optimizer


def first_row(num_rows):
    """Place of this device's first row among those of all devices, scalar int32."""
    number = _own_number(tf.distribute.get_replica_context())
    own = {"counts": tf.reshape(num_rows, [1]), "numbers": tf.reshape(number, [1])}
    joined = gather_rows(own)
    # Workers are gathered in the order of their names: 10 comes before 2.
    place = tf.argmax(tf.cast(joined["numbers"] == number, tf.int32))
    return tf.reduce_sum(joined["counts"][:place])


def _own_number(context):
    # A tensor inside of a strategy, None without any.
    number = context.replica_id_in_sync_group
    return 0 if number is None else number


def update_all(change, variables, values):
    """Changes variables on every device alike.

    Args:
        change: Function of a variable and its value.
        variables: Keras variables.
        values: Their values, equal on all devices.
    """

    def update(strategy, variables, values):
        for variable, value in zip(variables, values, strict=True):
            strategy.extended.update(variable, change, args=(value,), group=False)

    raw = [variable.value for variable in variables]
    context = tf.distribute.get_replica_context()
    context.merge_call(update, args=(raw, list(values)))
