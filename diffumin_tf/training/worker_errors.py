"""What TensorFlow says of a lost worker, in words that a user can act on."""

from contextlib import contextmanager

import tensorflow as tf

_ABORTED = "Collective ops is aborted by: "


@contextmanager
def readable_worker_errors():
    """Turns the end of another worker into a `ConnectionError`.

    Raises:
        ConnectionError: If a worker that shares the step has died or cannot be reached.
    """
    try:
        yield
    except tf.errors.OpError as error:
        lost = isinstance(error, tf.errors.UnavailableError)
        if not lost and _ABORTED not in error.message:
            raise
        told = error.message.rpartition(_ABORTED)[2].strip().splitlines()
        raise ConnectionError(
            "all workers must stay up; start all of them again, and they go on from "
            f"the last checkpoint. Received: {' '.join(told[:2])}"
        ) from error
