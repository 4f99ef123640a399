"""The run that another one starts from."""

from pathlib import Path

import numpy as np
import tensorflow as tf

from diffumin_tf.file_lock import is_held
from diffumin_tf.training.checkpoints import (
    LOCK,
    SEEN_USERS,
    checkpoint_paths,
    restore_checkpoint,
    restore_first_whole,
)
from diffumin_tf.training.run_directory import read_json, whole_file
from diffumin_tf.training.run_features import FEATURES, check_features
from diffumin_tf.training.run_state import STATE, carried_variables, describe_state
from diffumin_tf.training.saved_variables import (
    model_shapes,
    saved_shapes,
    without_optimizer,
)


def find_initial_run(run_dir, init_from, features):
    """Returns the `InitialRun` of a run that begins with one, else None.

    Args:
        run_dir: The run's directory, which need not exist.
        init_from: That of the run to start from; None for none.
        features: `FeatureSpec` of the data that will be trained on.

    Raises:
        ValueError: if `init_from` is the run itself; if the features are not those of
            `init_from` or, where the run goes on from a checkpoint of its own, its own.
        OSError: if `init_from` has no checkpoint or is still being trained.
    """
    if init_from is not None and Path(init_from).resolve() == Path(run_dir).resolve():
        raise ValueError(
            "init_from must be another run's directory. Received: "
            f"init_from={init_from}, which is this run's own."
        )
    if checkpoint_paths(run_dir):
        check_features(run_dir, features)
        return None
    return None if init_from is None else InitialRun(init_from, features)


class InitialRun:
    """Weights, optimizer and seen users of a finished or interrupted run.

    Its directory is only read.

    Args:
        directory: The run's.
        features: `FeatureSpec` of the data that will be trained on.

    Raises:
        FileNotFoundError: if the run has no checkpoint.
        BlockingIOError: if it is still being trained.
        ValueError: if it was trained with other features.
    """

    def __init__(self, directory, features):
        self.path = Path(directory)
        self._checkpoints = checkpoint_paths(self.path)
        if not self._checkpoints:
            raise FileNotFoundError(
                "init_from must be the directory of a run that has a checkpoint. "
                f"Received: {self.path}, where there is none."
            )
        if is_held(self.path / LOCK):
            raise BlockingIOError(
                "init_from must be a finished or an interrupted run. Received: "
                f"{self.path}, where a process is training."
            )
        self._state = _read_state(self.path)
        if not check_features(self.path, features):
            print(
                f"{self.path} has no {FEATURES}: only shapes are compared, not what "
                "the ids mean"
            )

    def restore(self, model, optimizer):
        """Hands the newest whole checkpoint on.

        Learning rates stay as they are. The optimizer's state starts anew, and a line
        says so, where its kind or what it keeps is another.

        Args:
            model: A built model.
            optimizer: An optimizer built for the model's variables.

        Returns:
            Keys of the users that this run, and those before it, were trained on.

        Raises:
            ValueError: if the model's class or its variables are others.
            OSError: if no checkpoint can be read.
        """
        if self._state and self._state["model"] != type(model).__name__:
            raise ValueError(
                "the model must be that of init_from. Received: "
                f"{type(model).__name__} in this run, {self._state['model']} in "
                f"{self.path}."
            )
        restore_first_whole(
            self._checkpoints, lambda path: self._restore(path, model, optimizer)
        )
        return self._seen_users()

    def _restore(self, path, model, optimizer):
        _check_variables(model, path)
        ours = describe_state(model, optimizer)
        pairs, told = _pairs(ours, self._state or _unnamed(ours, path))
        checkpoint = tf.train.Checkpoint(model=without_optimizer(model))
        if pairs:
            variables = optimizer.variables
            kept = {str(their): variables[our].value for our, their in pairs}
            checkpoint.optimizer = kept
        restore_checkpoint(checkpoint, path)
        print(f"starting from {path}; {told}")

    def _seen_users(self):
        path = self.path / SEEN_USERS
        with whole_file(path):
            return np.load(path, allow_pickle=False)


def _read_state(run_dir):
    """What `describe_state` said of a run; None of one before there was such a file."""
    path = run_dir / STATE
    return read_json(path) if path.exists() else None


def _check_variables(model, path):
    """Raises at the first variable that is not alike in a model and a checkpoint."""
    ours, theirs = model_shapes(model), saved_shapes(path, "model")
    for name in {**ours, **theirs}:
        if ours.get(name) != theirs.get(name):
            raise ValueError(
                "the model's variables must be those of init_from. Received: "
                f"{name} {_shape(ours, name)} in this run, {_shape(theirs, name)} in "
                f"{path}."
            )


def _shape(shapes, name):
    return f"of shape {shapes[name]}" if name in shapes else "missing"


def _unnamed(ours, path):
    """What a run without a description has, if its optimizer is taken for ours."""
    shapes = saved_shapes(path, "optimizer")
    words = [word for word, _ in ours["optimizer_variables"]]
    found = [list(shapes[str(number)]) for number in range(len(shapes))]
    variables = [list(pair) for pair in zip(words, found, strict=False)]
    extra = [["unknown", shape] for shape in found[len(words) :]]
    return {**ours, "optimizer_variables": variables + extra}


def _pairs(ours, theirs):
    """Numbers of the optimizer's variables, ours and theirs, that are one another's.

    Returns:
        Pairs, none where the two do not agree; and what is told of it.
    """
    if theirs["optimizer"] != ours["optimizer"]:
        kinds = f"{ours['optimizer']} here, {theirs['optimizer']} there"
        return [], f"the optimizer's state starts anew: {kinds}"
    numbers = [carried_variables(state) for state in (ours, theirs)]
    kept = [
        [state["optimizer_variables"][number] for number in some]
        for state, some in zip((ours, theirs), numbers, strict=True)
    ]
    if kept[0] != kept[1]:
        return [], "the optimizer's state starts anew: it keeps other variables there"
    return list(zip(*numbers, strict=True)), "the optimizer goes on with its state"
