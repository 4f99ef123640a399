"""What TensorFlow says of a lost worker, in words that a user can act on."""

from contextlib import contextmanager

import tensorflow as tf

_OF_COLLECTIVES = ("Collective", "heartbeat", "/job:")


@contextmanager
def readable_worker_errors():
    """Turns the end of another worker into a `ConnectionError`.

    Raises:
        ConnectionError: If a worker that shares the step has died or cannot be reached.
    """
    try:
        yield
    except tf.errors.OpError as error:
        # A step that is short of memory or data has neither word in its message.
        if not any(word in error.message for word in _OF_COLLECTIVES):
            raise
        reason = error.message.partition("Collective ops is aborted by: ")[2]
        told = " ".join((reason or error.message).splitlines()[:2])
        raise ConnectionError(
            "all workers must stay up; start all of them again, and they go on from "
            f"the last checkpoint. Received: {told}"
        ) from error
