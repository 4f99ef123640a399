"""Parameter servers for gin files: `train.strategy = @parameter_server()`."""

import functools
import os

import tensorflow as tf

from diffumin_tf.data.data_servers import wait
from diffumin_tf.training.tf_config import read_tf_config

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
    job, index = read_tf_config(os.environ.get("TF_CONFIG"), _JOBS, _JOBS)
    if job == "chief":
        return _strategy()
    resolver = tf.distribute.cluster_resolver.TFConfigClusterResolver()
    server = tf.distribute.Server(
        resolver.cluster_spec(),
        job_name=job,
        task_index=index,
        protocol="grpc",
    )
    print(f"{job} {index} at {server.target}", flush=True)
    wait()


@functools.cache  # gin asks for what a call was given already.
def _strategy():
    resolver = tf.distribute.cluster_resolver.TFConfigClusterResolver()
    return tf.distribute.ParameterServerStrategy(resolver)
