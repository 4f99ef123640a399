"""Collects the results of a comparison's runs, and makes the rows of its tables."""

import numpy as np

from diffumin_tf.experiments.result_row import make_row


class Results:
    """Results of several models for the same impressions.

    Args:
        comparison: The `Comparison`, whose baseline the others are held against.
    """

    def __init__(self, comparison):
        self._comparison = comparison
        self._variants = {variant.name: variant for variant in comparison.variants}
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

    @property
    def machines(self):
        """What the runs that say so were timed on, without doubles."""
        machines = [result.machine for result in self.runs()]
        return list(dict.fromkeys(name for name in machines if name is not None))

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
        baseline = self._results.get(self._comparison.baseline)
        competitor = self._best_competitor()
        rows = [
            make_row(
                results,
                self._variants.get(name),
                baseline,
                competitor if name == self._comparison.focus else None,
            )
            for name, results in self._results.items()
        ]
        return sorted(rows, key=lambda row: row.is_reference)

    def runs(self):
        """Yields the `RunResult`s, those of a model together."""
        for results in self._results.values():
            yield from results

    def _best_competitor(self):
        """Results of the trained model with the best mean AUC, but for the focus."""
        others = [
            results
            for name, results in self._results.items()
            if name in self._variants and name != self._comparison.focus
        ]
        return max(others, key=_mean_auc, default=None)

    def _check_same(self, result, origin):
        first_origin, first = self._first
        for name in ("label", "user_key"):
            if getattr(result, name) != getattr(first, name):
                raise ValueError(
                    "runs of a comparison must score the same impressions in the same "
                    f"order. Received: {name} differs between {first_origin} and "
                    f"{origin}; was the data set prepared anew in between?"
                )


def _mean_auc(results):
    return np.mean([result.auc for result in results])
