"""One training run inside an experiment."""

import gc
import shlex
from pathlib import Path

import keras

from diffumin_tf import config
from diffumin_tf.experiments.own_process import call_in_own_process
from diffumin_tf.training.recipe import Recipe
from diffumin_tf.training.run_directory import RunDirectory
from diffumin_tf.training.train import train

_METRICS = "metrics.json"


class GinRun:
    """What `bin/train` does with the same flags.

    Args:
        files: Gin files; later ones win.
        bindings: Lines of gin, which win over the files.
        directory: The run's directory.
        own_process: Whether it has one. What is compiled for a run stays in memory as
            long as its process.
    """

    def __init__(self, files, bindings, directory, own_process=False):
        self.directory = Path(directory)
        self._own_process = own_process
        self._files = list(files)
        self._bindings = list(bindings)

    @property
    def command(self):
        """The command that repeats this run alone, in the same directory."""
        return train_command(self._files, self._bindings, self.directory)

    @property
    def is_finished(self):
        """Whether training wrote its metrics, which it does last."""
        return (self.directory / _METRICS).exists()

    def load(self):
        """Puts the run's configuration in force; returns it as text."""
        config.load(self._files, self._bindings)
        return config.operative_config()

    def train(self):
        """Trains, or goes on where an earlier process stopped."""
        self.call(_train)

    def metrics(self):
        """The metrics of a finished run, by name."""
        return RunDirectory(self.directory).read_json(_METRICS)

    def call(self, function):
        """Calls a function of the directory, the run's configuration in force."""
        arguments = (function, self._files, self._bindings, self.directory)
        if self._own_process:
            return call_in_own_process(_configured, *arguments)
        try:
            return _configured(*arguments)
        finally:  # Graphs and names of one run are of no use to the next.
            keras.backend.clear_session()
            gc.collect()


def _configured(function, files, bindings, directory):
    config.register_all()
    config.load(files, bindings)
    return function(directory)


def _train(directory):
    config.call(
        train,
        recipe=config.call(Recipe),
        run_dir=str(directory),
        describe_config=config.operative_config,
    )


def train_command(files, bindings, run_dir=None):
    """The `bin/train` of these files and lines of gin, for a shell."""
    flags = [f"--gin_file={name}" for name in files]
    flags += [f"--gin_bindings={line}" for line in bindings]
    flags += [] if run_dir is None else [f"--run_dir={run_dir}"]
    return shlex.join(["bin/train", *flags])
