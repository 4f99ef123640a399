"""An assertion in a graph that runs for every record, or every request."""

import tensorflow as tf


def stop_unless(condition, message, *values):
    """An operation that stops the graph unless a condition holds.

    Not `tf.debugging.Assert`, whose branch takes longer than most conditions.

    Args:
        condition: Boolean scalar.
        message: What must hold, and what the values are.
        *values: Tensors to show after the message.
    """
    return tf.raw_ops.Assert(condition=condition, data=[message, *values])
