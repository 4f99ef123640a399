"""One training run of a comparison."""

import gc
import shlex
from pathlib import Path

import keras

from diffumin_tf import config
from diffumin_tf.experiments.machine import machine
from diffumin_tf.experiments.request_time import request_ms
from diffumin_tf.training.checkpoints import CHECKPOINTS, restore_model
from diffumin_tf.training.recipe import Recipe
from diffumin_tf.training.run_directory import RunDirectory
from diffumin_tf.training.train import train

SPLIT = "test"
_METRICS = "metrics.json"
_SIZE = "model_size.json"
_SPEED = "speed.json"
_SCORES = f"scores-{SPLIT}.npz"


class SeedRun:
    """A variant with a seed: what `bin/train` does with the same flags.

    Args:
        comparison: The `Comparison`.
        variant: The `Variant`.
        seed: The seed.
        output_dir: Directory of the comparison; the run's is below.
    """

    def __init__(self, comparison, variant, seed, output_dir):
        self.variant = variant
        self.seed = seed
        self.directory = Path(output_dir, variant.slug, f"seed-{seed}")
        self._files = comparison.gin_files(variant)
        self._bindings = comparison.gin_bindings(variant, seed)

    @property
    def command(self):
        """The command that repeats this run alone, in the same directory."""
        flags = [f"--gin_file={name}" for name in self._files]
        flags += [f"--gin_bindings={line}" for line in self._bindings]
        flags.append(f"--run_dir={self.directory}")
        return shlex.join(["bin/train", *flags])

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
        self.load()
        config.call(
            train,
            recipe=config.call(Recipe),
            run_dir=str(self.directory),
            describe_config=config.operative_config,
        )
        _forget()

    def costs(self, measures_times):
        """What the run cost, by the names of `RunResult`; empty where nothing says.

        Args:
            measures_times: Whether times are among it. That of a request is measured
                now, if the run's weights are still there.
        """
        run, found = RunDirectory(self.directory), {}
        if (run.path / _SIZE).exists():
            size = run.read_json(_SIZE)
            found["table_parameters"] = size["tables"]
            found["other_parameters"] = size["others"]
        if not measures_times:
            return found
        if (run.path / _SPEED).exists():
            found |= run.read_json(_SPEED)
        if (run.path / CHECKPOINTS).is_dir():
            found["request_ms"] = self._request_ms(run)
        return found | {"machine": machine()}

    def _request_ms(self, run):
        self.load()
        recipe = config.call(Recipe)
        model = recipe.build_model()
        restore_model(run, model)
        found = request_ms(model, recipe.data, SPLIT)
        _forget()
        return found

    def scores(self):
        """The scored test impressions: name to array `[N]`.

        Raises:
            FileNotFoundError: If the run scored another split, or none.
        """
        if not (self.directory / _SCORES).exists():
            raise FileNotFoundError(
                f"a compared run must score the {SPLIT} split. Received: no {_SCORES} "
                f"in {self.directory}."
            )
        return RunDirectory(self.directory).read_columns(_SCORES)


def _forget():
    # Graphs and names of one run are of no use to the next.
    keras.backend.clear_session()
    gc.collect()
