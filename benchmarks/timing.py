"""Interleaved timing, and the machine it was taken on."""

import importlib.metadata
import os
import platform
import sys
import time
from pathlib import Path

from benchmarks.spread import Spread

_PACKAGES = ("tensorflow", "keras", "numpy")


def seconds_of(function):
    """Seconds of one call. TensorFlow waits for its kernels on a CPU."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def interleave(functions, repeats):
    """Times functions in turn, so that what disturbs one disturbs all.

    Each is called once before, which compiles it. Every round starts with the next
    function, so that none always follows the same one.

    Args:
        functions: Callables without arguments, by name.
        repeats: Rounds.

    Returns:
        A dict of `repeats` seconds by name; the i-th of each are of one round.
    """
    for name, function in functions.items():
        first = seconds_of(function)
        print(f"  first call of {name}: {first:.1f} s", file=sys.stderr, flush=True)
    names, samples = list(functions), {name: [] for name in functions}
    for turn in range(repeats):
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            samples[name].append(seconds_of(functions[name]))
    return samples


def fastest(samples):
    """The name with the smallest median."""
    return min(samples, key=lambda name: Spread.of(samples[name]).median)


def describe_machine():
    """Processor, cores, memory, load and versions, by name."""
    return {
        "processor": _field("/proc/cpuinfo", "model name"),
        "cores": len(os.sched_getaffinity(0)),
        "memory": _field("/proc/meminfo", "MemTotal"),
        "load": os.getloadavg()[0],  # of others, where it is much above 0
        "system": platform.platform(),
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in _PACKAGES},
    }


def _field(path, name):
    for line in Path(path).read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return "unknown"
