"""A call in a process of its own, with which all that it took of memory ends."""

import multiprocessing
import os
import pickle
import threading

from absl import logging

from diffumin_tf.metric_inputs import NaNScoreError
from diffumin_tf.quiet_start import start_tensorflow

# What a caller may catch. Their own class may be gin's, which no other process knows.
_KINDS = (NaNScoreError, ValueError, MemoryError, OSError)


def call_in_own_process(function, *arguments):
    """Calls a function in a new process, which ends with this one whatever ends it.

    Args:
        function: A module's, for the new process finds it by its name.
        *arguments: Its arguments, whose classes are found so too.

    Returns:
        What it returns.

    Raises:
        ValueError, MemoryError, OSError: As it does, with the same message.
        ChildProcessError: If it raises anything else, which is told on standard error,
            or if the process is killed.
    """
    spawn = multiprocessing.get_context("spawn")
    answer, sender = spawn.Pipe(duplex=False)
    # Pickled here, for unpickling imports TensorFlow and must wait for a quiet start.
    task = pickle.dumps((function, arguments))
    process = spawn.Process(target=_work, args=(sender, task, logging.get_verbosity()))
    process.start()
    sender.close()
    try:
        error, value = answer.recv()
    except EOFError:
        process.join()
        raise ChildProcessError(
            "a run's process must end by itself. Received: "
            f"{_ending(process.exitcode)}."
        ) from None
    except BaseException:  # This process is interrupted.
        process.kill()
        raise
    process.join()
    if error is not None:
        raise error
    return value


def leave_gpus():
    """Leaves the GPUs to those processes: TensorFlow takes their memory where it runs.

    Raises:
        RuntimeError: If this process has used one.
    """
    import tensorflow as tf

    tf.config.set_visible_devices([], "GPU")


def _work(sender, task, verbosity):
    threading.Thread(target=_end_with_parent, daemon=True).start()
    logging.set_verbosity(verbosity)
    start_tensorflow()
    try:
        function, arguments = pickle.loads(task)
        answer = None, function(*arguments)
    except _KINDS as error:
        kind = next(kind for kind in _KINDS if isinstance(error, kind))
        answer = kind(str(error)), None
    sender.send(answer)


def _end_with_parent():
    multiprocessing.parent_process().join()
    os._exit(1)


def _ending(status):
    if status < 0:
        return f"signal {-status}, as the system sends where memory is short"
    return f"status {status}, for the reason above"
