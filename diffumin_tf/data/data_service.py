"""Batches that other processes make: a tf.data service."""

import socket
import threading

import tensorflow as tf
from tensorflow.python.eager import cancellation  # No public way to stop a read.

_CONNECT_SECONDS = 10


class DataService:
    """A tf.data service whose workers read, parse, encode and batch for training.

    Each file is handed out once an epoch, to the worker that asks next. So the order of
    batches hangs on the workers' speed; and what a worker had taken when it died is not
    read again in that epoch: no example twice, some perhaps not at all.

    Args:
        address: `HOST:PORT` of the dispatcher.
        silence: Seconds without a batch after which an epoch is over. So long is waited
            for a dead worker to be started again at its host and port.

    Raises:
        ValueError: if `silence` is not positive.
    """

    def __init__(self, address, silence=300):
        if silence <= 0:
            raise ValueError(f"silence must be positive. Received: {silence}.")
        self.address = address
        self.silence = silence

    def distribute(self, dataset):
        """The same batches, made by the workers.

        Args:
            dataset: `tf.data.Dataset` without Python functions, of files that the
                workers find under the same names.

        Raises:
            ValueError: if the address is no `HOST:PORT`.
            OSError: if no dispatcher answers.
        """
        check_answers(self.address)
        service = tf.data.experimental.service
        return dataset.apply(
            service.distribute(service.ShardingPolicy.DYNAMIC, f"grpc://{self.address}")
        )

    def read(self, batches):
        """Yields the batches of an epoch.

        Args:
            batches: What `distribute` returned.

        Raises:
            TimeoutError: if none comes for `silence` seconds at the start.
        """
        iterator, manager = iter(batches), cancellation.CancellationManager()
        # A read outside of a function cannot be stopped.
        take = tf.function(iterator.get_next, autograph=False).get_concrete_function()
        take = manager.get_cancelable_function(take)
        arrived = False
        while (batch := self._take(take, manager)) is not None:
            arrived = True
            yield batch
        if not arrived and manager.is_cancelled:
            raise TimeoutError(
                "a data service must have workers that send batches. Received: none "
                f"for {self.silence} seconds from {self.address}."
            )

    def _take(self, take, manager):
        """The next batch; None at the end, or after the silence."""
        alarm = threading.Timer(self.silence, manager.start_cancel)
        alarm.start()
        try:
            return take()
        except tf.errors.OutOfRangeError:
            return None
        except tf.errors.CancelledError:
            if not manager.is_cancelled:
                raise
            print(f"no batch for {self.silence} seconds: the epoch is taken for over")
            return None
        finally:
            alarm.cancel()


def check_answers(address):
    """Checks that a server listens; TensorFlow itself would ask without end.

    Args:
        address: Its `HOST:PORT`.

    Raises:
        ValueError: if it is none.
        OSError: if nobody answers.
    """
    host, _, port = str(address).rpartition(":")
    if not host or "/" in host or not port.isdecimal():
        raise ValueError(
            f"a dispatcher's address must be HOST:PORT. Received: {address!r}."
        )
    try:
        socket.create_connection((host, int(port)), _CONNECT_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise OSError(
            f"a dispatcher must answer at {address}. Received: {error}."
        ) from error
