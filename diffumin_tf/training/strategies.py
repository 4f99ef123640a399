"""Strategies of `tf.distribute` for gin files: `train.strategy = @mirrored()`.

On one device `train` needs none.
"""

import tensorflow as tf


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
