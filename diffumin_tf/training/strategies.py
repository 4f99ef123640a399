"""Strategies of `tf.distribute` for gin files: `train.strategy = @mirrored()`.

On one device `train` needs none, which is what `default` says too. Each is made once:
TensorFlow takes the sums of a second one in a process for those of the first.
"""

import functools
import os

import tensorflow as tf

from diffumin_tf.training.tf_config import read_tf_config


def default():
    """One device: TensorFlow's default strategy."""
    return tf.distribute.get_strategy()


def mirrored(devices=None):
    """All GPUs of this machine share each batch.

    Args:
        devices: Names of the devices instead, such as `["GPU:0", "GPU:2"]`.

    Raises:
        ValueError: If one of them is not there.
    """
    known = [device.name for device in tf.config.list_logical_devices()]
    for name in devices or ():
        if not any(full.endswith(name) for full in known):
            raise ValueError(
                f"devices must be of this machine, {known}. Received: {name!r}."
            )
    return _mirrored(None if devices is None else tuple(devices))


@functools.cache
def _mirrored(devices):
    return tf.distribute.MirroredStrategy(devices)


def multi_worker():
    """The processes that `TF_CONFIG` names share each batch, with all GPUs they have.

    It waits for them. TensorFlow must not have computed anything before.

    Raises:
        ValueError: If `TF_CONFIG` is missing or wrong, or it is made too late.
        ConnectionError: If its own port is taken or the others cannot be reached.
    """
    read_tf_config(os.environ.get("TF_CONFIG"), {"chief", "worker"}, {"worker"})
    return _multi_worker()


@functools.cache
def _multi_worker():
    try:
        strategy = tf.distribute.MultiWorkerMirroredStrategy()
    except RuntimeError as error:
        if "program startup" not in str(error):
            raise
        raise ValueError(
            "multi_worker must be made before TensorFlow computes anything. Received: "
            f"{error}"
        ) from error
    except tf.errors.OpError as error:
        raise ConnectionError(
            "each worker must find its port of TF_CONFIG free and reach the others. "
            f"Received: {error.message}"
        ) from error
    # All workers have as many batches: they need not ask each other at every step.
    strategy.extended.experimental_enable_get_next_as_optional = False
    return strategy


def tpu(address=""):
    """All cores of a TPU, or of a slice of a TPU pod, share each batch.

    Args:
        address: The TPU's name, its `grpc://` address, or `"local"` where this machine
            has the TPU; empty for what `TPU_NAME` or the machine's metadata say.

    Raises:
        ValueError: If no TPU can be reached.
    """
    return _tpu(address)


@functools.cache
def _tpu(address):
    try:
        resolver = tf.distribute.cluster_resolver.TPUClusterResolver(address)
        if address != "local":
            tf.config.experimental_connect_to_cluster(resolver)
        tf.tpu.experimental.initialize_tpu_system(resolver)
    except (ValueError, RuntimeError, OSError, tf.errors.OpError) as error:
        raise ValueError(
            "address must be of a TPU that can be reached. Received: "
            f"{address!r}, where TensorFlow says: {str(error).splitlines()[0]}"
        ) from error
    return tf.distribute.TPUStrategy(resolver)
