"""Random inputs that the stages of both formulations share."""

import tensorflow as tf

from benchmarks import batches
from diffumin_tf.layers import row_noise

ID_FEATURES = ("history", "target", "other")


def normal(shape, seed):
    """Standard normal draws."""
    return tf.random.stateless_normal(shape, [seed, 0])


class StageInputs:
    """What the stages read: ids, and in place of earlier stages' outputs random ones.

    Args:
        workload: A `Workload`.
        impressions: What `batches.draw_impressions` returns.
        model: A built `DiffuMIN`, for its noise and for the tower's width.
    """

    def __init__(self, workload, impressions, model):
        batch, width = workload.batch_size, batches.NUM_FIELDS * batches.EMBEDDING_DIM
        each = (batch, workload.num_channels, width)
        self.raw = batches.our_inputs(impressions)
        self.tiled = batches.to_tensors(batches.plain_inputs(impressions))
        self.deduplicated = batches.deduplicated(impressions, workload.num_rows)
        self._user_index = tf.constant(impressions["user_index"])
        self.history = normal((*impressions["history"].shape[:2], width), 0)
        self.target = normal((batch, width), 1)
        self.recent = normal((batch, workload.short_term_length, width), 2)
        self.recent_mask = tf.ones(self.recent.shape[:2], tf.bool)
        self.joined = normal((batch, model.tower.dense0.kernel.shape[0]), 3)
        self.clean = tf.math.l2_normalize(normal(each, 4), axis=-1)
        self.channels = tf.math.l2_normalize(normal(each, 5), axis=-1)
        self.augmented = normal(each, 6)
        keys = row_noise.row_keys(0, 0, batch)
        self.noise = model.generator.draw_noise(keys, *each[1:], training=True)

    def tiled_history(self):
        """`[B, l, d]`: every row's own copy of the behaviours it sees."""
        length = self.tiled["history"].shape[1]
        rows = tf.gather(self.history, self._user_index)
        window = self.raw["history_start"][:, None] + tf.range(length)
        return tf.gather(rows, window, batch_dims=1)
