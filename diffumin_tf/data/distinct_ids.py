"""Which ids occur in a stream that does not fit in memory."""

import numpy as np

_PENDING = 1_000_000


class DistinctIds:
    """Collects the distinct ids of arrays that come one after the other."""

    def __init__(self):
        self._distinct = None
        self._pending = []
        self._num_pending = 0

    def add(self, ids):
        """Notes an array `[n]` of integers or bytes; 0 and empty are no ids."""
        self._pending.append(ids)
        self._num_pending += len(ids)
        if self._num_pending > _PENDING:
            self._merge()

    def values(self):
        """Returns the distinct ids, sorted."""
        self._merge()
        return np.array([], np.int64) if self._distinct is None else self._distinct

    def _merge(self):
        known = [] if self._distinct is None else [self._distinct]
        if arrays := [*known, *self._pending]:
            ids = np.unique(np.concatenate(arrays))
            self._distinct = ids[ids != _no_id(ids)]
        self._pending, self._num_pending = [], 0


def _no_id(ids):
    return b"" if ids.dtype.kind in "OS" else 0
