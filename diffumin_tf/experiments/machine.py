"""What the times of a run are of."""

import os
import platform
from pathlib import Path

import tensorflow as tf


def machine():
    """The processor, how many cores of it, and the GPUs, in a line."""
    cores = len(os.sched_getaffinity(0))
    return ", ".join([f"{_processor()}, {cores} cores", *_gpus()])


def _processor():
    """The model, which only Linux tells, or else its family."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2] for line in lines if line.startswith("model name")]
    return " ".join(names[0].split()) if names else platform.machine()


def _gpus():
    for device in tf.config.list_physical_devices("GPU"):
        details = tf.config.experimental.get_device_details(device)
        yield details.get("device_name", "GPU")
