"""TensorFlow's errors about data and files, in words that a user can act on."""

import re
from contextlib import contextmanager

import tensorflow as tf

WHAT_TO_LOWER = (
    "Lower BATCH_SIZE (ClickData.batch_size) or SEQUENCE_LENGTH "
    "(ClickData.sequence_length) for the steps; FeatureEmbedding.embedding_dim or the "
    "tables' sizes (in the data's schema.json; prepare_data.max_vocabulary) for the "
    "table."
)

_OUT_OF_MEMORY = re.compile(r"(OOM when|Out of memory)[^\n]*")
# Before the message of a node in a graph that was loaded.
_GRAPH_HEAD = re.compile(r"Graph execution error:.*<stack traces unavailable>", re.S)
_GRAPH_NOISE = re.compile(r"\{\{[^}]*\}\}|\[\[[^\]]*\]\]|\[Op:[^\]]*\].*", re.S)


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
        # Reading the records again would not tell why memory ran out.
        if _OUT_OF_MEMORY.search(error.message) or not _comes_from_data(error):
            raise
        if hasattr(source, "check"):
            source.check()
        raise ValueError(plain_message(error)) from error
    except UnicodeDecodeError:
        # TensorFlow quotes the bytes of a record that is none.
        if hasattr(source, "check"):
            source.check()
        raise


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


@contextmanager
def readable_memory_errors():
    """Turns what TensorFlow says when memory runs out into a `MemoryError`.

    Raises:
        MemoryError: If it does; it says what to lower.
    """
    try:
        yield
    except tf.errors.ResourceExhaustedError as error:
        # A full disk has the same type. Around the line are a trace and hints.
        found = _OUT_OF_MEMORY.search(_GRAPH_NOISE.sub("", error.message))
        if found is None:
            raise
        told = found[0].strip(" .")
        raise MemoryError(
            f"a run must fit into memory. Received: {told}. {WHAT_TO_LOWER}"
        ) from error


def plain_message(error):
    """The message of an `OpError` without the names of nodes."""
    message = _GRAPH_HEAD.sub(" ", error.message)
    return " ".join(_GRAPH_NOISE.sub(" ", message).split())


def _comes_from_data(error):
    """Whether an iterator raised it, and not the model."""
    return "Iterator" in str(error) or isinstance(error, tf.errors.DataLossError)
