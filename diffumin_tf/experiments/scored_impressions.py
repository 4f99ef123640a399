"""The impressions that all runs of a comparison score."""

import hashlib

import numpy as np

from diffumin_tf import metrics
from diffumin_tf.experiments.run_result import RunResult
from diffumin_tf.experiments.user_bootstrap import UserBootstrap

_DIGITS = 6


class ScoredImpressions:
    """Impressions of a test split, to which scores are held.

    Args:
        labels: `[N]`, 0 or 1.
        user_keys: `[N]` int, equal for one user's impressions.
        num_samples: Resamples of the users.
        seed: Seed of the resamples.
    """

    def __init__(self, labels, user_keys, num_samples=1000, seed=0):
        self._labels = labels
        self._user_keys = user_keys
        self._seed = seed
        self._bootstrap = UserBootstrap(labels, user_keys, num_samples, seed)

    def result(self, model, seed, scores, configuration=None):
        """Measures scores.

        Args:
            model: The model's name.
            seed: The run's seed; None for a predictor without one, whose scores need
                not be probabilities.
            scores: `[N]`, in the order of the labels.
            configuration: Fingerprint of what gave them, or None.

        Returns:
            A `RunResult`.

        Raises:
            ValueError: If the scores are not as many as the labels.
        """
        probability = {} if seed is None else self._of_probabilities(scores)
        return RunResult(
            model=model,
            seed=seed,
            auc=float(metrics.auc(self._labels, scores)),
            gauc=self._gauc(scores),
            log_loss=probability.get("log_loss"),
            num_impressions=len(self._labels),
            num_users=self._bootstrap.num_users,
            label=fingerprint(np.asarray(self._labels, "<f4").tobytes()),
            user_key=fingerprint(np.asarray(self._user_keys, "<i8").tobytes()),
            configuration=configuration,
            bootstrap_seed=self._seed,
            resampled_auc=np.round(self._bootstrap.auc(scores), _DIGITS).tolist(),
            calibration=probability.get("calibration"),
            ece=probability.get("ece"),
        )

    def _of_probabilities(self, scores):
        """The figures that need click probabilities, by name."""
        log_loss = metrics.log_loss(self._labels, scores)
        # The bootstrap has made sure that there is a click.
        ratio, ece = metrics.calibration(self._labels, scores)
        return {"log_loss": float(log_loss), "calibration": ratio, "ece": ece}

    def _gauc(self, scores):
        try:
            return float(metrics.gauc(self._labels, scores, self._user_keys).value)
        except metrics.MissingClassError:
            return None


def fingerprint(data):
    """The start of the SHA-256 of bytes, by which to tell whether others differ."""
    return hashlib.sha256(data).hexdigest()[:16]
