"""A run's checkpoints."""

import shutil
from contextlib import contextmanager
from pathlib import Path

import tensorflow as tf

from diffumin_tf.data.readable_errors import plain_message, readable_file_errors
from diffumin_tf.file_lock import hold_lock
from diffumin_tf.training.sharded_table import is_sharded

CHECKPOINTS = "checkpoints"
LOCK = ".lock"  # Held while a process trains.
SEEN_USERS = "seen_users.npy"
_LIST = "checkpoint"  # TensorFlow's name for the file that lists them.


def checkpoint_manager(run, model, optimizer=None, **state):
    """A manager of the run's checkpoints, of which the last two are kept."""
    objects = {"model": model, **state}
    if optimizer is not None:
        # By hand: TensorFlow does not find moments that are kept in lists.
        variables = enumerate(optimizer.variables)
        # The parts of a table are met there too, and may be saved under one name alone.
        kept = {str(i): v if is_sharded(v) else v.value for i, v in variables}
        objects["optimizer"] = kept
    checkpoint = tf.train.Checkpoint(**objects)
    directory = str(run.path / CHECKPOINTS)
    return tf.train.CheckpointManager(checkpoint, directory, max_to_keep=2)


def restore_newest(manager):
    """Restores the newest checkpoint that is whole, to train on.

    A damaged one costs the steps since the one before, which are then done again.

    Returns:
        Its path, or None where there is no checkpoint.

    Raises:
        OSError: if there are checkpoints but none can be read.
    """
    return restore_first_whole(
        manager.checkpoints, lambda path: restore_checkpoint(manager.checkpoint, path)
    )


def restore_first_whole(paths, restore):
    """Restores the newest of a run's checkpoints that is whole.

    Args:
        paths: The checkpoints, the oldest first.
        restore: Function of a path that restores it.

    Returns:
        Its path, or None where there is no checkpoint.

    Raises:
        OSError: if there are checkpoints but none can be read.
    """
    for path in reversed(paths):
        try:
            restore(path)
            return path
        except tf.errors.OpError as error:
            print(f"{path} cannot be read: {plain_message(error)}")
    if paths:
        raise OSError(
            "one of a run's checkpoints must be whole. Received: none in "
            f"{Path(paths[0]).parent}."
        )
    return None


def checkpoint_paths(run_dir):
    """The checkpoints of a run, the oldest first; none where it has none."""
    state = tf.train.get_checkpoint_state(str(Path(run_dir, CHECKPOINTS)))
    return list(state.all_model_checkpoint_paths) if state else []


@contextmanager
def exclusive(run):
    """Keeps other processes from training in a run's directory.

    Args:
        run: `RunDirectory`.

    Raises:
        BlockingIOError: if another process does.
    """
    with hold_lock(run.path / LOCK, f"training in {run.path}"):
        _remove_unfinished(run)
        try:
            yield
        finally:
            _remove_unfinished(run)


def _remove_unfinished(run):
    """Removes what a kill or a full disk has left half-written.

    TensorFlow writes a checkpoint under temporary names, lists it, then removes the
    oldest; a kill in between leaves parts of the new one or of the old one.
    """
    run.remove_unfinished()
    folder = run.path / CHECKPOINTS
    for pattern in ("*_temp", "*.tempstate*", f"{_LIST}.tmp*"):
        for path in folder.glob(pattern):
            _remove(path)
    state = tf.train.get_checkpoint_state(folder)
    if state is None:  # No list, or none that can be read: whatever there is stays.
        return
    listed = [Path(path).name for path in state.all_model_checkpoint_paths]
    for path in folder.iterdir():
        if path.name != _LIST and path.stem not in listed:
            _remove(path)


def _remove(path):
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def restore_model(run, model):
    """Loads the newest weights of a run.

    Raises:
        FileNotFoundError: if the run has no checkpoint.
        OSError: if the newest cannot be read.
        ValueError: if it is of another model.
    """
    manager = checkpoint_manager(run, model)
    if manager.latest_checkpoint is None:
        raise FileNotFoundError(
            f"A trained run is needed; there is no checkpoint in {manager.directory}."
        )
    with readable_file_errors(manager.directory):
        restore_checkpoint(manager.checkpoint, manager.latest_checkpoint)


def restore_checkpoint(checkpoint, path):
    """Restores all objects of a `tf.train.Checkpoint`; the file may hold more.

    Raises:
        tf.errors.OpError: if it cannot be read.
        ValueError: if the file lacks a weight.
    """
    status = checkpoint.restore(path)
    try:
        # Else a weight that the file lacks would keep its initial value.
        status.assert_existing_objects_matched().expect_partial()
    except AssertionError as error:
        reason = str(error).splitlines()[0]
        raise ValueError(
            f"a checkpoint must hold all weights of the model. Received: {path}, "
            f"which is of another model: {reason}"
        ) from None


def learning_rates(optimizer):
    """The rate in force of each optimiser inside, by name."""
    inner = getattr(optimizer, "optimizers", [optimizer])
    # A variable of several devices is no number by itself.
    return {one.name: float(tf.identity(one.learning_rate)) for one in inner}
