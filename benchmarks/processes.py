"""Processes that measure, and the memory of processes."""

import json
import subprocess
from pathlib import Path


def run_json(command, **options):
    """Runs a command that ends with a line of JSON; returns what that says.

    Args:
        command: List of str.
        **options: Of `subprocess.run`.
    """
    done = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=True, **options
    )
    return json.loads(done.stdout.splitlines()[-1])


def resident(name, pid="self"):
    """Bytes of a field of a process' status: VmRSS or its peak, VmHWM."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"/proc/{pid}/status must have a line for {name}; it has none.")
