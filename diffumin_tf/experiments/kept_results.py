"""The results of a comparison as files, which outlive the runs themselves."""

import dataclasses
from pathlib import Path

from diffumin_tf import config
from diffumin_tf.experiments.run_result import read_result
from diffumin_tf.experiments.scored_impressions import ScoredImpressions, fingerprint
from diffumin_tf.experiments.seed_run import SPLIT
from diffumin_tf.training.recipe import Recipe

_FILE = "result.json"


class KeptResults:
    """Reads the results that are there, and measures and writes the others.

    Args:
        comparison: The `Comparison`.
        directory: Directory of the files, each in a directory of its own.
        configurations: Name of a variant to the lines of gin in force, of any one
            seed.
    """

    def __init__(self, comparison, directory, configurations):
        self._comparison = comparison
        self._directory = Path(directory)
        self._configurations = {
            name: fingerprint("\n".join(lines).encode())
            for name, lines in configurations.items()
        }

    def path(self, run):
        """The file of a `SeedRun`."""
        return self._directory / run.variant.slug / f"seed-{run.seed}" / _FILE

    def holds(self, run):
        """Whether a run's result is there, so that nothing else need be.

        Raises:
            FileExistsError: If it is of another configuration, or drew other resamples
                and there are no scores to draw anew from.
            ValueError: If its file is damaged.
        """
        return self._of_run(run) is not None

    def of_run(self, run):
        """The `RunResult` of a run that is finished, or whose result is there."""
        result = self._of_run(run)
        if result is None:
            name = run.variant.name
            measured = self._impressions(run).result(
                name, run.seed, run.scores()["score"], self._configurations[name]
            )
            result = dataclasses.replace(measured, **self._costs(run))
            result.write(self.path(run))
        return result

    def _costs(self, run):
        """Those of a result that is to be drawn anew, or else of the run."""
        if self.path(run).exists():
            earlier = read_result(self.path(run))
            if self._identity(run) == _identity_of(earlier):
                return earlier.costs
        return run.costs(self._comparison.measures_times)

    def of_reference(self, reference, run):
        """The `RunResult` of scores that need no training.

        Args:
            reference: Callable of a source and the name of a split.
            run: A `SeedRun`, whose data and whose scored impressions are used where
                the result is not there.

        Raises:
            FileNotFoundError: If they are needed and are gone.
        """
        path = self._directory / "references" / reference.__name__ / _FILE
        result = self._read(path, run)
        if result is None:
            result = self._measured(reference, run)
            result.write(path)
        return result

    def _measured(self, reference, run):
        name = reference.__name__.replace("_", " ")
        if not run.is_finished:
            raise FileNotFoundError(
                f"{name} must be held against the impressions that a run scored. "
                f"Received: no run in {run.directory}; remove {self.path(run)} to "
                "have it made again."
            )
        impressions = self._impressions(run)
        run.load()
        scores = reference(config.call(Recipe).data.source, SPLIT)
        return impressions.result(name, None, scores)

    def _of_run(self, run):
        path = self.path(run)
        result = self._read(path, run)
        if result is None:
            return None
        found, expected = _identity_of(result), self._identity(run)
        if found != expected:
            raise FileExistsError(
                "a result must be of the model, the seed and the configuration that "
                f"are compared, {expected}. Received: {found} in {path}; choose "
                "another directory for the results."
            )
        return result

    def _identity(self, run):
        name = run.variant.name
        return name, run.seed, self._configurations[name]

    def _read(self, path, run):
        """The result in a file; None without one, or where it is to be drawn anew."""
        if not path.exists():
            return None
        result = read_result(path)
        wanted = (self._comparison.bootstrap_samples, self._comparison.bootstrap_seed)
        found = (len(result.resampled_auc), result.bootstrap_seed)
        if found == wanted:
            return result
        if run.is_finished:
            return None
        raise FileExistsError(
            "a result must be of bootstrap_samples and bootstrap_seed of the "
            f"comparison, {wanted}. Received: {found} in {path}, and no scores in "
            f"{run.directory} to draw others from."
        )

    def _impressions(self, run):
        columns = run.scores()
        return ScoredImpressions(
            columns["label"],
            columns["user_key"],
            self._comparison.bootstrap_samples,
            self._comparison.bootstrap_seed,
        )


def _identity_of(result):
    return result.model, result.seed, result.configuration
