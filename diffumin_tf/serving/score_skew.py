"""How far the answers that were logged are from the model's scores."""

import numpy as np
import tensorflow as tf

from diffumin_tf.serving.self_check import TOLERANCE
from diffumin_tf.serving.servable import SCORE

_AT_ONCE = 64


class ScoreSkew:
    """Scores what the data hold of logged rows, in batches.

    Attributes:
        compared: Rows that were compared.
        differing: Those whose scores are further apart than an export's may be.
        differing_alone: Those of them whose inputs are equal: another model answered.
        largest: The largest difference.

    Args:
        servable: A `Servable`.
        requests: The `HeldOutRequests` that stack rows.
    """

    def __init__(self, servable, requests):
        self.compared, self.differing, self.differing_alone = 0, 0, 0
        self.largest = 0.0
        self._total = 0.0
        self._servable, self._requests = servable, requests
        self._waiting = []

    def add(self, score, stored, inputs_differ):
        """Takes a row.

        Args:
            score: The logged click probability.
            stored: The request that the data would make.
            inputs_differ: Whether what was logged is another.
        """
        self._waiting.append((score, stored, inputs_differ))
        if len(self._waiting) == _AT_ONCE:
            self.finish()

    def finish(self):
        """Scores the rows that wait for others."""
        if not self._waiting:
            return
        logged, stored, inputs_differ = zip(*self._waiting, strict=True)
        self._waiting = []
        raw = self._requests.stack(stored)
        scores = self._servable.score({n: tf.constant(v) for n, v in raw.items()})
        gaps = np.abs(np.array(logged) - scores[SCORE].numpy())
        # Not `>`: of NaN no comparison is true.
        far = ~(gaps <= TOLERANCE)
        self.compared += len(gaps)
        self.differing += int(far.sum())
        self.differing_alone += int((far & ~np.array(inputs_differ)).sum())
        self.largest = float(np.maximum(self.largest, gaps.max()))
        self._total += float(gaps.sum())

    @property
    def mean(self):
        """The mean difference."""
        return self._total / self.compared

    def to_dict(self):
        """What a JSON file holds; None where no answer was compared."""
        if not self.compared:
            return None
        return {
            "compared": self.compared,
            "differing": self.differing,
            "differing_with_equal_inputs": self.differing_alone,
            "mean_difference": _finite(self.mean),
            "largest_difference": _finite(self.largest),
        }


def _finite(value):
    # JSON has no NaN; a logged score may be one.
    return value if np.isfinite(value) else None
