"""Parameter servers for gin files: `train.strategy = @parameter_server()`."""

import json
import os

import tensorflow as tf

from diffumin_tf.data.data_servers import wait

_JOBS = {"chief", "ps", "worker"}


def parameter_server():
    """Servers hold the variables, workers make steps, a chief reads data and directs.

    All of them run the same command, each with its own `TF_CONFIG`. A server or a
    worker serves from here on, until it is ended; the chief alone returns.

    Returns:
        A `tf.distribute.ParameterServerStrategy`.

    Raises:
        ValueError: if `TF_CONFIG` is not that of one task among a chief, parameter
            servers and workers.
    """
    task = _task()
    resolver = tf.distribute.cluster_resolver.TFConfigClusterResolver()
    if task["type"] == "chief":
        return tf.distribute.ParameterServerStrategy(resolver)
    server = tf.distribute.Server(
        resolver.cluster_spec(),
        job_name=task["type"],
        task_index=task["index"],
        protocol="grpc",
    )
    print(f"{task['type']} {task['index']} at {server.target}", flush=True)
    wait()


def _task():
    """The task of this process, as `TF_CONFIG` has it."""
    text = os.environ.get("TF_CONFIG", "")
    try:
        config = json.loads(text)
        cluster, task = config["cluster"], config["task"]
        known = set(cluster) == _JOBS and 0 <= task["index"] < len(
            cluster[task["type"]]
        )
    except (ValueError, KeyError, TypeError):
        known = False
    if not known:
        raise ValueError(
            "TF_CONFIG must be JSON with a cluster of chief, ps and worker, and with "
            f"the type and index of a task in it. Received: {text!r}."
        )
    return task
