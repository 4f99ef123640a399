"""What stops the graph of a request, with an error that names the input."""

import tensorflow as tf

from diffumin_tf.data.stop_unless import stop_unless


def checked(raw, history_names):
    """A request, once it is known to make sense.

    Args:
        raw: The tensors of a request by name.
        history_names: Names of those that are histories.

    Returns:
        The tensors. Reading one stops the graph if any of them holds no row or a number
        that is not finite, or if histories are not equally long or not one a user.
    """
    floats = [name for name, values in raw.items() if values.dtype.is_floating]
    checks = [_is_finite(name, raw[name]) for name in floats]
    checks += [_holds_a_row(name, values) for name, values in raw.items()]
    first = history_names[0]
    checks += [_as_long(first, name, raw) for name in history_names[1:]]
    checks += [_a_user_each(name, raw) for name in history_names]
    with tf.control_dependencies(checks):
        return {name: tf.identity(values) for name, values in raw.items()}


def spread(name, raw, counted):
    """One value for all rows, or one each; any other number stops the graph.

    Args:
        name: Name of an input `[1]` or `[N]`.
        raw: The tensors of a request by name.
        counted: Name of the input `[N]` that has a value a row.

    Returns:
        The input, `[N]`.
    """
    values, size, count = raw[name], tf.size(raw[name]), tf.size(raw[counted])
    fits = (size == 1) | (size == count)
    message = f"{name} must hold one value, or as many as {counted}. Received:"
    with tf.control_dependencies([stop_unless(fits, message, size, count)]):
        return tf.broadcast_to(values, [count])


def one_user(raw):
    """Stops the graph unless a request is of a single user; returns its tensors."""
    users = tf.size(raw["user_key"])
    message = "user_key must hold one user, whose candidates are ranked. Received:"
    with tf.control_dependencies([stop_unless(users == 1, message, users)]):
        return {name: tf.identity(values) for name, values in raw.items()}


def _is_finite(name, values):
    finite = tf.reduce_all(tf.math.is_finite(values))
    return stop_unless(finite, f"{name} must be finite. Received:", values)


def _holds_a_row(name, values):
    message = f"{name} must hold a row. Received a shape of:"
    return stop_unless(tf.shape(values)[0] > 0, message, tf.shape(values))


def _a_user_each(name, raw):
    counts = tf.size(raw["user_key"]), tf.shape(raw[name])[0]
    message = f"{name} must hold a history for each user_key. Received:"
    return stop_unless(tf.equal(*counts), message, *counts)


def _as_long(first, name, raw):
    lengths = tf.shape(raw[first])[1], tf.shape(raw[name])[1]
    message = f"{first} and {name} must be equally long. Received lengths:"
    return stop_unless(tf.equal(*lengths), message, *lengths)
