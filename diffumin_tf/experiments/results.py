"""Collects the results of a comparison's runs, and makes the rows of its tables."""

import numpy as np

from diffumin_tf.experiments.result_row import ModelScores, make_row


class Results:
    """Results of several models for the same impressions.

    Args:
        baseline: Name of the model that the others are held against.
    """

    def __init__(self, baseline):
        self._baseline = baseline
        self._first = None  # (origin, result) of the run added first.
        self._results = {}  # Name to a list of results.

    @property
    def num_impressions(self):
        """How many impressions are scored."""
        return self._first[1].num_impressions

    @property
    def num_users(self):
        """How many users they belong to."""
        return self._first[1].num_users

    def add(self, result, origin):
        """Adds the result of one run, or of a predictor without a seed.

        Args:
            result: `RunResult`.
            origin: Where it comes from, for the errors.

        Raises:
            ValueError: If it is of other impressions than the results before it.
        """
        if self._first is None:
            self._first = (origin, result)
        self._check_same(result, origin)
        self._results.setdefault(result.model, []).append(result)

    def rows(self):
        """Returns a `ResultRow` a model, in the order added, references last."""
        models = {name: _summed_up(name, r) for name, r in self._results.items()}
        baseline = models.get(self._baseline)
        ordered = sorted(models.values(), key=lambda model: None in model.seeds)
        return [make_row(model, baseline) for model in ordered]

    def runs(self):
        """Yields (name, seed, AUC, GAUC, log loss) of each run, in the order added."""
        for name, results in self._results.items():
            yield from ((name, r.seed, r.auc, r.gauc, r.log_loss) for r in results)

    def _check_same(self, result, origin):
        first_origin, first = self._first
        for name in ("label", "user_key"):
            if getattr(result, name) != getattr(first, name):
                raise ValueError(
                    "runs of a comparison must score the same impressions in the same "
                    f"order. Received: {name} differs between {first_origin} and "
                    f"{origin}; was the data set prepared anew in between?"
                )


def _summed_up(name, results):
    return ModelScores(
        name=name,
        seeds=tuple(result.seed for result in results),
        aucs=tuple(result.auc for result in results),
        gaucs=tuple(result.gauc for result in results),
        log_losses=tuple(result.log_loss for result in results),
        resampled_auc=np.mean([result.resampled_auc for result in results], axis=0),
    )
