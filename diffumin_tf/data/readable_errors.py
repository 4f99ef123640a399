"""TensorFlow's errors about data and files, in words that a user can act on."""

import re
from contextlib import contextmanager

import tensorflow as tf

_GRAPH_NOISE = re.compile(r"\{\{[^}]*\}\}|\[\[[^\]]*\]\]|\[Op:\w+\].*", re.S)


@contextmanager
def readable_errors(source):
    """Turns what TensorFlow says of bad data into a `ValueError` or an `OSError`.

    Errors of the graph know neither file nor field. So the records are read again,
    one by one, and the first bad one is named.

    Args:
        source: What is read inside; one with a `check` method, such as
            `UserRecords`, is asked to name what is wrong.

    Raises:
        ValueError: If the data are wrong.
        OSError: If they cannot be read.
    """
    try:
        yield
    except tf.errors.OpError as error:
        if not _comes_from_data(error):
            raise
        if hasattr(source, "check"):
            source.check()
        raise ValueError(plain_message(error)) from error


@contextmanager
def readable_file_errors(path):
    """Turns what TensorFlow says of files below a path into an `OSError`.

    Args:
        path: Directory that is written to, or read from, inside.

    Raises:
        OSError: If the disk is full, a file cannot be written or is damaged.
    """
    try:
        yield
    except tf.errors.OpError as error:
        # The model may run out of memory too: same type, but no path.
        if str(path) not in error.message:
            raise
        told = plain_message(error).partition(" Failed to flush")[0]
        raise OSError(f"files must be whole and writable. Received: {told}.") from error


def plain_message(error):
    """The message of an `OpError` without the names of nodes."""
    return " ".join(_GRAPH_NOISE.sub(" ", error.message).split())


def _comes_from_data(error):
    """Whether an iterator raised it, and not the model."""
    return "Iterator" in str(error) or isinstance(error, tf.errors.DataLossError)
