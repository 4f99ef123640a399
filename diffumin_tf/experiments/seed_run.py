"""One training run of a comparison."""

from pathlib import Path

from diffumin_tf import config
from diffumin_tf.experiments.gin_run import GinRun
from diffumin_tf.experiments.machine import machine
from diffumin_tf.experiments.request_time import request_ms
from diffumin_tf.training.checkpoints import CHECKPOINTS, restore_model
from diffumin_tf.training.recipe import Recipe
from diffumin_tf.training.run_directory import RunDirectory

SPLIT = "test"
_SIZE = "model_size.json"
_SPEED = "speed.json"
_SCORES = f"scores-{SPLIT}.npz"


class SeedRun(GinRun):
    """A variant with a seed.

    Args:
        comparison: The `Comparison`.
        variant: The `Variant`.
        seed: The seed.
        output_dir: Directory of the comparison; the run's is below.
    """

    def __init__(self, comparison, variant, seed, output_dir):
        super().__init__(
            comparison.gin_files(variant),
            comparison.gin_bindings(variant, seed),
            Path(output_dir, variant.slug, f"seed-{seed}"),
            comparison.own_processes,
        )
        self.variant = variant
        self.seed = seed

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
            found["request_ms"] = self.call(_request_ms)
        return found | {"machine": machine()}

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


def _request_ms(directory):
    recipe = config.call(Recipe)
    model = recipe.build_model()
    restore_model(RunDirectory(directory), model)
    return request_ms(model, recipe.data, SPLIT)
