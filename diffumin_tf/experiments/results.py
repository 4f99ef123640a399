"""Collects the scores of a comparison's runs, and makes the rows of its tables."""

import numpy as np

from diffumin_tf import metrics
from diffumin_tf.experiments.result_row import ModelScores, make_row
from diffumin_tf.experiments.user_bootstrap import UserBootstrap


class Results:
    """Scores of several models for the same impressions.

    Args:
        baseline: Name of the model that the others are held against.
        num_samples: Resamples of the users.
        seed: Seed of the resamples.
    """

    def __init__(self, baseline, num_samples=1000, seed=0):
        self._baseline = baseline
        self._num_samples = num_samples
        self._seed = seed
        self._first = None  # (origin, columns) of the run added first.
        self._bootstrap = None
        self._runs = {}  # Name to (seed, auc, gauc, log loss, resampled auc).

    @property
    def num_impressions(self):
        """How many impressions are scored."""
        return len(self._first[1]["label"])

    @property
    def num_users(self):
        """How many users they belong to."""
        return self._bootstrap.num_users

    def add_run(self, name, seed, columns, origin):
        """Adds the scores of one run.

        Args:
            name: The model's name.
            seed: The run's seed.
            columns: `label`, `user_key` and `score` `[N]`, as a run keeps them.
            origin: Where they stand, for the errors.

        Raises:
            ValueError: If it scored other impressions than the runs before it.
        """
        if self._first is None:
            self._first = (origin, columns)
            self._bootstrap = UserBootstrap(
                columns["label"], columns["user_key"], self._num_samples, self._seed
            )
        self._check_same(columns, origin)
        loss = metrics.log_loss(columns["label"], columns["score"])
        self._add(name, seed, columns["score"], loss)

    def add_reference(self, name, scores):
        """Adds scores `[N]` that no run made; they need not be probabilities.

        Raises:
            ValueError: If they are not as many as those of the runs before.
        """
        self._add(name, None, scores, None)

    def rows(self):
        """Returns a `ResultRow` a model, in the order added, references last."""
        models = {name: _summed_up(name, runs) for name, runs in self._runs.items()}
        baseline = models.get(self._baseline)
        ordered = sorted(models.values(), key=lambda model: None in model.seeds)
        return [make_row(model, baseline) for model in ordered]

    def runs(self):
        """Yields (name, seed, AUC, GAUC, log loss) of each run, in the order added."""
        for name, runs in self._runs.items():
            yield from ((name, *run[:4]) for run in runs)

    def _add(self, name, seed, scores, log_loss):
        _, first = self._first
        auc = metrics.auc(first["label"], scores)
        try:
            gauc = metrics.gauc(first["label"], scores, first["user_key"]).value
        except metrics.MissingClassError:
            gauc = None
        run = (seed, auc, gauc, log_loss, self._bootstrap.auc(scores))
        self._runs.setdefault(name, []).append(run)

    def _check_same(self, columns, origin):
        first_origin, first = self._first
        for name in ("label", "user_key"):
            if not np.array_equal(columns[name], first[name]):
                raise ValueError(
                    "runs of a comparison must score the same impressions in the same "
                    f"order. Received: {name} differs between {first_origin} and "
                    f"{origin}; was the data set prepared anew in between?"
                )


def _summed_up(name, runs):
    seeds, aucs, gaucs, losses, resampled = zip(*runs, strict=True)
    return ModelScores(name, seeds, aucs, gaucs, losses, np.mean(resampled, axis=0))
