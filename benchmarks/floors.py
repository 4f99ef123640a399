"""How far each stage is from what the machine can do.

The floor is the larger of two times: the stage's bytes over the measured bandwidth of
a copy, and its matrix products at the measured rate of the same shapes.
"""

import functools
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import tensorflow as tf

from benchmarks.comparison import Comparison
from benchmarks.stage_inputs import normal
from benchmarks.timing import seconds_of

_COPIED = 2**27  # bytes, beyond the second-level caches
_LEAST_SECONDS = 0.02
# Small products are measured many in a call: the call takes longer than one of them.
_LEAST_OPERATIONS, _MOST_PRODUCTS = 50_000_000, 32


def copy_bandwidth(repeats=7, num_bytes=_COPIED):
    """Bytes a second, read and written together, of the faster of two large copies.

    One is NumPy's in as many threads as there are cores; the other TensorFlow's
    `assign_add`, which reads two arrays and writes one.
    """
    source = np.ones(num_bytes // 4, "float32")
    variable, addend = tf.Variable(source), tf.constant(source)
    target, cores = np.zeros_like(source), len(os.sched_getaffinity(0))
    parts = list(zip(np.split(target, cores), np.split(source, cores), strict=True))
    with ThreadPoolExecutor(cores) as pool:

        def copy():
            list(pool.map(lambda pair: np.copyto(*pair), parts))

        copied = min(seconds_of(copy) for _ in range(repeats))
    added = min(seconds_of(lambda: variable.assign_add(addend)) for _ in range(repeats))
    return max(2 * num_bytes / copied, 3 * num_bytes / added)


def product_seconds(shape):
    """Seconds of one `[b, m, k] x [b, k, n]` product, at the best rate found.

    Libraries are slow at many tiny products: as many operations in one product of
    matrices, `[b·m, k] x [k, n]` or transposed, show what the machine can do at these
    widths. With XLA and without, less what an empty call costs.

    Args:
        shape: `(b, m, k, n)`; a batch of one is a product of matrices.
    """
    b, m, k, n = shape
    forms = [((b * m, k), (k, n)), ((n, k), (k, b * m))]
    if b > 1:
        forms.append(((b, m, k), (b, k, n)))
    count = min(max(_LEAST_OPERATIONS // (2 * b * m * k * n), 1), _MOST_PRODUCTS)
    return min(
        _net_seconds(*form, count, jit) for form in forms for jit in (True, False)
    )


def _net_seconds(left, right, count, jit):
    """Seconds of one of `count` independent products of these shapes in a call."""
    lefts = [normal(left, seed) for seed in range(count)]
    rights = [normal(right, seed) for seed in range(count)]
    nothing = tf.function(tf.identity, jit_compile=jit)

    @tf.function(jit_compile=jit)
    def products(lefts, rights):
        return [tf.matmul(*pair) for pair in zip(lefts, rights, strict=True)]

    called = _fastest(lambda: products(lefts, rights))
    idle = _fastest(lambda: nothing(tf.zeros([1, 1])))
    return max(called - idle, called / 10) / count


def _fastest(function):
    """Seconds of the fastest of several calls."""
    function()
    once = max(seconds_of(function), 1e-6)
    calls = min(max(int(_LEAST_SECONDS / once), 3), 100)
    return min(seconds_of(function) for _ in range(calls))


class Floors:
    """The machine's limits, and what they mean for a stage.

    Args:
        bandwidth: Bytes a second, read and written together.
        product_seconds: Seconds of a product by its `(b, m, k, n)`; called once a
            shape.
    """

    def __init__(self, bandwidth, product_seconds=product_seconds):
        self.bandwidth = bandwidth
        self._product = functools.cache(product_seconds)

    def operation_seconds(self, cost):
        """Seconds of a stage's products at their own shapes' rates."""
        return sum(count * self._product(tuple(s)) for *s, count in cost.products)

    def compare(self, name, cost, samples):
        """A stage's `Comparison` with its floor: the ratio is its distance.

        Args:
            name: The stage's name.
            cost: Its `StageCost`.
            samples: Its measured seconds.
        """
        reading, computing = cost.bytes / self.bandwidth, self.operation_seconds(cost)
        floor = max(reading, computing)
        rate = cost.operations / max(computing, 1e-12)
        note = (
            f"{cost.bytes / 1e6:.1f} MB at {self.bandwidth / 1e9:.1f} GB/s, "
            f"{cost.operations / 1e9:.2f} GFLOP at {rate / 1e9:.1f} GFLOP/s"
        )
        floors = [floor] * len(samples)
        return Comparison("floors", name, "floor", floors, "ours", samples, note=note)
