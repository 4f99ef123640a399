"""NumPy functions in tf.data, made safe at the interpreter's exit.

A tf.data thread that calls Python while the interpreter shuts down never returns,
and the program hangs as it waits for that thread; an uncaught exception that keeps
an iterator alive is enough. So calls fail at once from the moment of exit on, and
the exit waits until the threads have stopped calling.
"""

import atexit
import time

import tensorflow as tf

_QUIET_SECONDS = 0.2
_PATIENCE_SECONDS = 10.0

_exiting = False
_last_call = 0.0


def map_numpy(dataset, function, dtypes):
    """Maps a dataset of numbers through a NumPy function, in order.

    Args:
        dataset: `tf.data.Dataset` of scalars.
        function: From a NumPy scalar to a dictionary of 1-D arrays.
        dtypes: Name to dtype of each of its arrays.
    """

    def call(number):
        global _last_call
        _last_call = time.monotonic()
        if _exiting:
            raise RuntimeError("the interpreter is shutting down")
        arrays = function(number)
        return [arrays[name] for name in dtypes]

    def tensors(number):
        values = tf.numpy_function(call, [number], list(dtypes.values()), False)
        for value in values:
            value.set_shape([None])
        return dict(zip(dtypes, values, strict=True))

    return dataset.map(tensors, tf.data.AUTOTUNE, deterministic=True)


@atexit.register
def _wait_for_quiet():
    global _exiting
    _exiting = True
    start = time.monotonic()
    while (now := time.monotonic()) - _last_call < _QUIET_SECONDS:
        if now - start > _PATIENCE_SECONDS:
            return
        time.sleep(_QUIET_SECONDS / 10)
