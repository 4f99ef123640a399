"""What TensorFlow says of a lost process, in words that a user can act on."""

from contextlib import contextmanager

import tensorflow as tf

_ABORTED = "Collective ops is aborted by: "
_DETAILS = "Additional GRPC"


@contextmanager
def readable_worker_errors():
    """Turns the end of another process of the run into a `ConnectionError`.

    Raises:
        ConnectionError: If one has died or cannot be reached.
    """
    try:
        yield
    except tf.errors.OpError as error:
        lost = isinstance(error, tf.errors.UnavailableError)
        if not lost and _ABORTED not in error.message:
            raise
        lines = error.message.rpartition(_ABORTED)[2].strip().splitlines()
        told = " ".join(lines[:2]).partition(_DETAILS)[0].strip()
        raise ConnectionError(
            "all processes of a run must stay up; start all of them again, and they go "
            f"on from the last checkpoint. Received: {told}"
        ) from error
