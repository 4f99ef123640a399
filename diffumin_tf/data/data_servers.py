"""The servers of a tf.data service: one that hands files out, others that read them."""

import signal
import socket
from typing import Any, NamedTuple

import tensorflow as tf

from diffumin_tf.data.data_service import check_answers

_MILLISECONDS = 1000
_HEARTBEAT = 1  # Seconds; a worker learns of an epoch that begins at the next one.


class DataServer(NamedTuple):
    """A server that runs in this process for as long as this is held.

    Attributes:
        address: `HOST:PORT` by which others reach it; a dispatcher calls its own host
            `localhost`.
        server: What TensorFlow made.
    """

    address: str
    server: Any


def start_dispatcher(port=0, work_dir=None, job_timeout=300):
    """Starts the server that hands files out to workers.

    Args:
        port: To listen on; 0 for a free one.
        work_dir: Directory of a journal: a dispatcher that is started again with it
            goes on with the epochs that were being read. None for none.
        job_timeout: Seconds after which an epoch that nobody reads is given up.

    Returns:
        A `DataServer`.

    Raises:
        OSError: if the port is taken or the journal cannot be written.
    """
    service = tf.data.experimental.service
    config = service.DispatcherConfig(
        port=port,
        work_dir=work_dir,
        fault_tolerant_mode=work_dir is not None,
        job_gc_check_interval_ms=job_timeout * _MILLISECONDS,
        job_gc_timeout_ms=job_timeout * _MILLISECONDS,
    )
    server = _start(service.DispatchServer, config, port)
    return DataServer(server.target.split("://")[1], server)


def start_worker(dispatcher, port=0, host="localhost"):
    """Starts a server that reads files and makes batches of them.

    Args:
        dispatcher: The dispatcher's `HOST:PORT`.
        port: To listen on; 0 for a free one. A worker that takes a dead one's place
            must have the dead one's host and port.
        host: Name of this machine, by which those who train reach it.

    Returns:
        A `DataServer`.

    Raises:
        ValueError: if `dispatcher` is no `HOST:PORT`.
        OSError: if the port is taken or the dispatcher does not answer.
    """
    check_answers(dispatcher)
    service = tf.data.experimental.service
    config = service.WorkerConfig(
        dispatcher_address=dispatcher,
        worker_address=f"{host}:%port%",
        port=port,
        heartbeat_interval_ms=_HEARTBEAT * _MILLISECONDS,
    )
    server = _start(service.WorkerServer, config, port)
    bound = server._address.rpartition(":")[2]
    return DataServer(f"{host}:{bound}", server)


def wait():
    """Waits until a signal ends the process.

    Not the servers' own `join`, which no interrupt from the keyboard ends.
    """
    while True:
        signal.pause()


def _start(kind, config, port):
    _check_free(port)
    try:
        return kind(config)
    except RuntimeError as error:  # TensorFlow has no better one for either cause.
        raise OSError(
            "a server must be able to listen, and to write its journal. Received: "
            f"port={port}: {error}."
        ) from error


def _check_free(port):
    # TensorFlow would share a port with another server, and clients meet either.
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except (OSError, OverflowError) as error:
            raise OSError(
                f"a server must have a free port. Received: port={port}: {error}."
            ) from error
