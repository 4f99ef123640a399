"""How far the AUC moves when other users are drawn."""

import numpy as np

from diffumin_tf.metric_inputs import check_column, check_inputs
from diffumin_tf.metrics import MissingClassError


class UserBootstrap:
    """Resamples of the users of one test set, the same for whoever scores it.

    Users are drawn with replacement, each with all of their impressions, for the
    impressions of one user are not independent. A draw without clicks or without
    non-clicks has no AUC and is drawn anew.

    Args:
        labels: `[N]`, 0 or 1.
        user_keys: `[N]`, equal for one user's impressions.
        num_samples: How many resamples, S.
        seed: Seed of the draws.

    Raises:
        MissingClassError: If one of the classes is missing.
    """

    def __init__(self, labels, user_keys, num_samples=1000, seed=0):
        self._labels, _ = check_inputs(labels, labels)
        keys = check_column("user_keys", user_keys, self._labels)
        self._users = np.unique(keys, return_inverse=True)[1]
        self._clicks = np.bincount(self._users, self._labels)
        self._others = np.bincount(self._users, 1 - self._labels)
        if not self._clicks.any() or not self._others.any():
            raise MissingClassError(
                "a bootstrap of the AUC needs a click and a non-click. Received: "
                f"{int(self._clicks.sum())} clicks in {len(self._labels)} impressions."
            )
        self.num_samples = num_samples
        self._seed = seed

    @property
    def num_users(self):
        """How many users there are to draw from."""
        return len(self._clicks)

    def draw(self, sample):
        """How often each user is in a resample, `[U]` in the order of the keys."""
        # A generator of its own lets a resample be drawn again instead of kept.
        rng = np.random.default_rng([self._seed, sample])
        while True:
            drawn = rng.integers(self.num_users, size=self.num_users)
            counts = np.bincount(drawn, minlength=self.num_users)
            if counts @ self._clicks and counts @ self._others:
                return counts

    def auc(self, scores):
        """The exact AUC in every resample, ties counted half.

        Args:
            scores: `[N]`, any real numbers, in the order of the labels.

        Returns:
            `[S]`.
        """
        labels, scores = check_inputs(self._labels, scores)
        order = np.argsort(scores, kind="stable")
        users, labels, scores = self._users[order], labels[order], scores[order]
        ties = np.flatnonzero(np.diff(scores, prepend=np.nan))
        return np.array(
            [
                _sorted_auc(labels, self.draw(sample)[users], ties)
                for sample in range(self.num_samples)
            ]
        )


def _sorted_auc(labels, weights, ties):
    """AUC of impressions sorted by score; `ties` are where each score begins."""
    clicks = np.add.reduceat(weights * labels, ties)
    others = np.add.reduceat(weights * (1 - labels), ties)
    wins = clicks @ (np.cumsum(others) - others / 2)
    return wins / (clicks.sum() * others.sum())
