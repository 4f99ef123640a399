"""Whom an epoch has met so far."""

import numpy as np


class UsersMet:
    """The users of an epoch's batches.

    Args:
        run_length: As `ClickData` takes it. Without one the impressions of a record
            follow each other; with one a record is met again.

    Attributes:
        keys: Set of their keys.
    """

    def __init__(self, run_length):
        self.keys = set()
        self._is_met_once = run_length is None
        self._num_runs = 0
        self._last = None

    def add(self, keys):
        """Notes a batch, `[B]` int user keys in its order."""
        self._num_runs += np.count_nonzero(np.diff(keys)) + (keys[0] != self._last)
        self._last = keys[-1]
        self.keys.update(np.unique(keys).tolist())

    @property
    def num_records(self):
        """How many records that is: one key may stand in several.

        So it is where rows come with a history each and nothing in common.
        """
        return self._num_runs if self._is_met_once else len(self.keys)
