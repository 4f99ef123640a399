"""Records of a small world, and the servers of a service that makes their batches."""

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from diffumin_tf.data import ClickData, IndustryWorld, UserRecords
from diffumin_tf.data.records import write_users

BIN = Path(__file__).resolve().parents[2] / "bin/serve_data"
NUM_USERS, NUM_FILES, BATCH_SIZE = 40, 20, 4
# So large that a worker has not sent all before it can be killed.
SLOW = {"sequence_length": 4000, "grouped": False}


def write_world(directory, num_users=NUM_USERS):
    world = IndustryWorld(num_users)
    users = map(world.user, range(num_users))
    write_users(directory, users, world.schema, NUM_FILES)


def make_data(directory, service=None, **arguments):
    settings = {"batch_size": BATCH_SIZE, "sequence_length": 8, "slack": 0}
    # A worker takes files until its window is full: here it must not take them all.
    source = UserRecords(directory, shuffle_window=2)
    return ClickData(source, service=service, **settings | arguments)


def keys(batches):
    """What tells the impressions of some batches apart, in their order."""
    return [
        pair
        for features, *_ in batches
        for pair in zip(
            features["user_key"].numpy().tolist(),
            features["impression_time"].numpy().tolist(),
            strict=True,
        )
    ]


@contextmanager
def server(*flags):
    """A `bin/serve_data` of its own process, with its address; killed at the end."""
    command = [sys.executable, BIN, *flags]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        # It ends, and so does this line, if it cannot start.
        yield process, process.stdout.readline().split()[-1]
    finally:
        process.kill()
        process.wait(60)
