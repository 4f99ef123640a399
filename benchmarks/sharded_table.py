"""What a table in parts takes of each parameter server's memory, and a step's time.

    python benchmarks/sharded_table.py [--rows=200000000] [--shards=32]

Starts two parameter servers and a worker on this machine, each a process of its own,
and trains DIN with Adagrad. Printed: rows, steps, the median time of a step, and the
peak memory of each process. 200 million rows of 8 need about 17 GiB in all: table and
slot take 6 GiB on each server.
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from absl import app, flags  # noqa: E402

from benchmarks.processes import resident  # noqa: E402
from diffumin_tf.models import DIN  # noqa: E402
from diffumin_tf.training.optimizers import (  # noqa: E402
    LazyAdagrad,
    LazyAdam,
    SplitOptimizer,
)
from diffumin_tf.training.parameter_server import parameter_server  # noqa: E402
from diffumin_tf.training.remote_steps import RemoteSteps  # noqa: E402
from diffumin_tf.training.sharded_embedding import ShardedEmbedding  # noqa: E402

ROWS = flags.DEFINE_integer("rows", 200_000_000, "Rows of the table.")
SHARDS = flags.DEFINE_integer("shards", 32, "Parts of the table.")
STEPS = flags.DEFINE_integer("steps", 20, "Steps, of which the first is not timed.")

_TASKS = {"ps": 2, "worker": 1, "chief": 1}
_BATCH, _LENGTH, _USERS, _DISTINCT, _DIM = 256, 200, 32, 16_384, 8


def make_batch(rng):
    """A deduplicated batch whose rows are spread over the whole table."""
    # Of one size, as the pipeline's, for XLA compiles for each.
    rows = np.zeros(_DISTINCT, np.int32)
    drawn = np.unique(rng.integers(1, ROWS.value, _DISTINCT - 1))
    rows[1 : 1 + drawn.size] = drawn
    user = np.sort(rng.integers(0, _USERS, _BATCH))
    inputs = {
        "rows": rows,
        "history": rng.integers(1, _DISTINCT // 2, (_USERS, _LENGTH, 3)),
        "target": rng.integers(1, _DISTINCT // 2, (_BATCH, 3)),
        "other": rng.integers(1, _DISTINCT // 2, (_BATCH, 3)),
        "user_index": user,
        "history_start": np.zeros(_BATCH),
        "history_length": np.full(_BATCH, _LENGTH),
        "noise_key": np.zeros(_BATCH),
    }
    inputs = {name: tf.cast(value, tf.int32) for name, value in inputs.items()}
    inputs["user_key"] = tf.cast(user, tf.int64)
    return inputs, tf.cast(rng.random(_BATCH) < 0.16, tf.float32)


@contextmanager
def servers():
    """The other tasks' processes by name; this one is made the chief."""
    cluster = {job: free_addresses(count) for job, count in _TASKS.items()}
    tasks = [(job, n) for job, count in _TASKS.items() for n in range(count)]
    with ExitStack() as stack:
        processes = {}
        for job, index in tasks:
            config = {"cluster": cluster, "task": {"type": job, "index": index}}
            environment = {**os.environ, "TF_CONFIG": json.dumps(config)}
            if job == "chief":
                os.environ.update(environment)
                break
            process = subprocess.Popen([sys.executable, *sys.argv], env=environment)
            stack.callback(process.wait)
            stack.callback(process.kill)  # First: what is put there last.
            processes[f"{job} {index}"] = process.pid
        yield processes | {"chief": os.getpid()}


def free_addresses(count):
    """So many addresses of this machine that nobody listens at."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("localhost", 0))
        return [f"localhost:{each.getsockname()[1]}" for each in sockets]


def make_steps(strategy, spec):
    """A model with its table on the servers, and its steps on the worker."""
    with strategy.scope():
        model = DIN(ShardedEmbedding(ROWS.value, _DIM, num_shards=SHARDS.value))
        model.build({name: (None, *v.shape[1:]) for name, v in spec[0].items()})
        model.compile(SplitOptimizer(LazyAdagrad(0.1), LazyAdam(1e-3)))
        model.optimizer.build(model.trainable_variables)
    return RemoteSteps(
        strategy, lambda batch: strategy.run(model.train_step, (batch,)), spec
    )


def time_steps(strategy):
    """Seconds of each step, one after the other."""
    rng = np.random.default_rng(0)
    loosened = tf.nest.map_structure(
        lambda v: tf.TensorSpec([None, *v.shape[1:]], v.dtype), make_batch(rng)
    )
    steps, seconds = make_steps(strategy, loosened), []
    for _ in range(STEPS.value):
        batch, start = make_batch(rng), time.perf_counter()
        steps(batch)
        steps.finish()
        seconds.append(time.perf_counter() - start)
    return seconds


def main(_):
    """Trains, and tells what it took."""
    if "TF_CONFIG" in os.environ:
        parameter_server()  # A server's or a worker's process ends with this one.
    with servers() as processes:
        seconds = time_steps(parameter_server())
        size = ROWS.value * _DIM * 4 * 2 / 2**30
        print(
            f"{ROWS.value:,} rows x {_DIM}, table and slot {size:.2f} GiB, "
            f"{SHARDS.value} parts"
        )
        median = statistics.median(seconds[1:]) * 1e3
        print(f"{len(seconds)} steps of about {_DISTINCT:,} rows, {median:.0f} ms each")
        for name, pid in processes.items():
            peak = resident("VmHWM", pid) / 2**30
            print(f"{name:>10}  peak {peak:.2f} GiB")


if __name__ == "__main__":
    app.run(main)
