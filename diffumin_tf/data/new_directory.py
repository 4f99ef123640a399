"""Directories that are there whole, or not at all."""

import uuid
from contextlib import contextmanager

import tensorflow as tf

from diffumin_tf.data.readable_errors import readable_file_errors


@contextmanager
def new_directory(directory):
    """Yields the path of a draft, which becomes the directory when the block ends.

    Where the block raises, nothing is left.

    Args:
        directory: A new or empty directory.

    Raises:
        ValueError: If it is neither.
        OSError: If the block cannot write its files.
    """
    directory = str(directory).rstrip("/")
    _check_new(directory)
    # Beside the target, so that the rename stays within one file system.
    unfinished = f"{directory}.unfinished-{uuid.uuid4().hex}"
    tf.io.gfile.makedirs(unfinished)
    try:
        with readable_file_errors(unfinished):
            yield unfinished
        tf.io.gfile.rename(unfinished, directory, overwrite=True)
    except BaseException:
        tf.io.gfile.rmtree(unfinished)
        raise


def _check_new(directory):
    if tf.io.gfile.exists(directory) and not tf.io.gfile.isdir(directory):
        raise ValueError(f"directory must be a directory. Received: {directory}.")
    if tf.io.gfile.isdir(directory) and tf.io.gfile.listdir(directory):
        raise ValueError(
            f"directory must be new or empty. Received: {directory}, which holds "
            f"{len(tf.io.gfile.listdir(directory))} entries."
        )
