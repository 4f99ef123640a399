import pytest
import tensorflow as tf

from diffumin_tf.training.worker_errors import readable_worker_errors

LOST = """Graph execution error:

Collective ops is aborted by: Error reported from /job:worker/task:1: unhealthy:
/job:worker/replica:0/task:1
The tasks have crashed."""


@pytest.mark.parametrize("kind", [tf.errors.UnavailableError, tf.errors.InternalError])
def test_error_a_lost_worker(kind):
    with pytest.raises(ConnectionError) as caught, readable_worker_errors():
        raise kind(None, None, LOST)
    told = "Received: Error reported from /job:worker/task:1: unhealthy: "
    assert str(caught.value).endswith(f"{told}/job:worker/replica:0/task:1")


def test_error_a_process_that_cannot_be_reached():
    message = "failed to connect.\nAdditional GRPC error information: long"
    with pytest.raises(ConnectionError, match="Received: failed to connect.$"):
        with readable_worker_errors():
            raise tf.errors.UnavailableError(None, None, message)


def test_another_error_stays_what_it_is():
    with pytest.raises(tf.errors.DataLossError), readable_worker_errors():
        message = "{{node /job:worker/task:0/IteratorGetNext}} corrupted record at 12"
        raise tf.errors.DataLossError(None, None, message)
