"""Sorted rows of some users, as arrays, and what follows from their order."""

from functools import cached_property

import numpy as np

from diffumin_tf.data.hashing import hash_buckets_numpy

MAX_KEY = np.iinfo(np.int64).max


class UserRows:
    """Rows sorted by user, time and order, ties by item; R of U users.

    Args:
        arrays: Internal name to array `[R]`: `user`, `time`, `code` (the item's
            number), `label`, `part`, perhaps `order`, and others.
        all_behave: Whether every row is a behaviour; otherwise those of label 1.

    Attributes:
        arrays: As given.
        starts: First row of each user `[U]`.
        owner: The user's place among these users `[R]`.
        place: The row's place among its user's rows `[R]`.
        behaves: Whether the row is a behaviour `[R]`.
        user_keys: int64 identity of each user `[U]`.
    """

    def __init__(self, arrays, all_behave):
        self.arrays = arrays
        user, rows = arrays["user"], np.arange(len(arrays["user"]))
        self.starts = np.flatnonzero(np.r_[True, user[1:] != user[:-1]])
        counts = np.diff(np.r_[self.starts, len(user)])
        self.owner = np.repeat(np.arange(len(self.starts)), counts)
        self.place = rows - self.starts[self.owner]
        self.behaves = np.ones(len(user), bool)
        if not all_behave:
            self.behaves = arrays["label"] == 1
        self.user_keys = user_keys(user[self.starts])

    def __len__(self):
        return len(self.owner)

    @cached_property
    def history_length(self):
        """Behaviours of the same user that are strictly earlier, `[R]`.

        Earlier is by time and, where the log has one, by order.
        """
        before = np.r_[0, np.cumsum(self.behaves)]
        ties = np.ones(len(self), bool)
        names = ("time", "order") if "order" in self.arrays else ("time",)
        changes = [np.diff(self.arrays[name]) != 0 for name in names]
        ties[1:] = np.any([*changes, np.diff(self.owner) != 0], axis=0)
        first_tie = np.maximum.accumulate(np.where(ties, np.arange(len(self)), 0))
        return before[first_tie] - before[self.starts[self.owner]]

    @cached_property
    def met(self):
        """Each user's different items with the first row of each.

        Returns:
            `(pairs, rows)`, both `[P]`; `pairs` rise and are those of `pair`.
        """
        return np.unique(self.pair(self.owner, self.arrays["code"]), return_index=True)

    @property
    def is_first_visit(self):
        """Whether the user's earlier rows are without this item, `[R]`."""
        first = np.zeros(len(self), bool)
        first[self.met[1]] = True
        return first

    @staticmethod
    def pair(owner, code):
        """One int64 for a user's place and an item's number."""
        return (owner.astype(np.int64) << 32) | code


def user_keys(users):
    """int64 identities: integers as they are, text as FarmHash fingerprints."""
    if users.dtype.kind in "iu":
        return users.astype(np.int64)
    return hash_buckets_numpy(users.astype(str), MAX_KEY)
