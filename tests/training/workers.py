"""Worker processes of one run, on free ports of this machine."""

import json
import os
import socket
import subprocess
import sys
from contextlib import ExitStack
from tempfile import TemporaryFile

# A hang fails the test, a busy machine does not.
TIMEOUT = 400


def run_workers(script, *arguments, count=2):
    """Runs a script as so many workers; their index replaces `{}` in the arguments.

    Args:
        script: Path.
        *arguments: Of the script.
        count: How many.

    Returns:
        Their `(status, output)`, by index.
    """
    addresses = [f"localhost:{port}" for port in free_ports(count)]
    with ExitStack() as stack:
        # Files, not pipes: a full one would stop a worker whom the others wait for.
        logs = [stack.enter_context(TemporaryFile("w+")) for _ in range(count)]
        workers = []
        for index, log in enumerate(logs):
            command = [script, *(str(one).format(index) for one in arguments)]
            workers.append(start(command, addresses, index, log))
            stack.callback(workers[-1].kill)
        statuses = [worker.wait(TIMEOUT) for worker in workers]
        return list(zip(statuses, map(read, logs), strict=True))


def start(command, addresses, index, log):
    """Starts one of them, a `Popen`."""
    task = {"type": "worker", "index": index}
    config = json.dumps({"cluster": {"worker": addresses}, "task": task})
    environment = os.environ | {"TF_CONFIG": config}
    return subprocess.Popen(
        [sys.executable, *command], env=environment, stdout=log, stderr=log
    )


def read(log):
    log.seek(0)
    return log.read()


def free_ports(count):
    """Ports that nobody listens on; held together, so that none is there twice."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("localhost", 0))
        return [one.getsockname()[1] for one in sockets]
