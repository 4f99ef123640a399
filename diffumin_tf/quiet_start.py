"""TensorFlow's start, without its notes."""

import os


def start_tensorflow():
    """Imports TensorFlow without its start-up notes, unless they are asked for.

    Some are written before TensorFlow reads TF_CPP_MIN_LOG_LEVEL, hence the closed
    door; set that variable to 0 to see why a GPU is not found.
    """
    if os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2") < "2":
        return
    stderr = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        import tensorflow

        tensorflow.config.list_physical_devices()
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
