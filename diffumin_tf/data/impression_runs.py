"""Spreads each user's impressions over an epoch."""

from dataclasses import dataclass

import tensorflow as tf

from diffumin_tf.data.shuffled_windows import shuffled_windows


@dataclass(frozen=True)
class ImpressionRuns:
    """Cuts users into runs of impressions, and shuffles runs of different users.

    Users with many impressions would otherwise fill batches alone: a batch would tell
    of few users, and the contrastive loss would find no negatives.

    Attributes:
        length: Most impressions of a run.
        window: Runs shuffled together, in memory.
        seed: Seed of the order.
        epoch: Number of the epoch, which changes the order.
    """

    length: int
    window: int
    seed: int
    epoch: int

    def __post_init__(self):
        for name in ("length", "window"):
            if getattr(self, name) < 1:
                raise ValueError(
                    f"{name} of the runs must be at least 1. "
                    f"Received: {name}={getattr(self, name)}."
                )

    def apply(self, users):
        """Replaces users by their runs, in an order of (seed, epoch) alone.

        Args:
            users: `tf.data.Dataset` of dictionaries with `prefix` `[m]`; columns of
                the history are `[n, ...]`, all others `[m, ...]`.
        """
        runs = users.flat_map(self._cut)
        windows = runs.ragged_batch(self.window)
        windows = shuffled_windows(windows, [self.seed, self.epoch])
        return windows.flat_map(tf.data.Dataset.from_tensor_slices)

    def _cut(self, user):
        starts = tf.range(0, tf.size(user["prefix"]), self.length)
        runs = tf.data.Dataset.from_tensor_slices(starts)
        return runs.map(lambda start: self._run(user, start))

    def _run(self, user, start):
        end = start + self.length
        seen = tf.reduce_max(user["prefix"][start:end])
        return {
            name: values[:seen] if name.startswith("history") else values[start:end]
            for name, values in user.items()
        }
