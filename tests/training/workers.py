"""Worker processes of one run, on free ports of this machine."""

import json
import os
import socket
import subprocess
import sys
from contextlib import ExitStack

# A hang fails the test, a busy machine does not.
TIMEOUT = 400


def run_workers(script, *arguments, count=2, environment=()):
    """Runs a script as so many workers; their index replaces `{}` in the arguments.

    Args:
        script: Path.
        *arguments: Of the script.
        count: How many.
        environment: Further variables, a dictionary.

    Returns:
        Their `(status, output)`, by index.
    """
    ports = free_ports(count)
    cluster = {"worker": [f"localhost:{port}" for port in ports]}
    workers = []
    for index in range(count):
        task = {"cluster": cluster, "task": {"type": "worker", "index": index}}
        workers.append(
            subprocess.Popen(
                [sys.executable, script, *(str(a).format(index) for a in arguments)],
                env=os.environ | dict(environment) | {"TF_CONFIG": json.dumps(task)},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
    try:
        outputs = [worker.communicate(timeout=TIMEOUT)[0] for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
    return [(w.returncode, text) for w, text in zip(workers, outputs, strict=True)]


def free_ports(count):
    """Ports that nobody listens on; held together, so that none is there twice."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("localhost", 0))
        return [one.getsockname()[1] for one in sockets]
