"""Strategies of `tf.distribute` for gin files: `train.strategy = @mirrored()`.

On one device `train` needs none, which is what `default` says too.
"""

import tensorflow as tf


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
    return tf.distribute.MirroredStrategy(devices)


def tpu(address=""):
    """All cores of a TPU, or of a slice of a TPU pod, share each batch.

    Args:
        address: The TPU's name, its `grpc://` address, or `"local"` where this machine
            has the TPU; empty for what `TPU_NAME` or the machine's metadata say.

    Raises:
        ValueError: If no TPU can be reached.
    """
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
