"""How long ago a behaviour was, as a model may see it: in powers of two."""

import keras
from keras import ops

from diffumin_tf.layers.row_histories import row_histories


@keras.saving.register_keras_serializable("diffumin_tf")
class TimeGapEmbedding(keras.layers.Layer):
    """Embeds the time between a behaviour and the impression.

    The bucket of a gap is the number of powers of two that do not exceed it: 0 s is
    bucket 0, 1 s bucket 1, 2 and 3 s bucket 2, a year bucket 25. The times stay
    integers, for float32 cannot tell today's seconds apart.

    Args:
        num_buckets: Buckets; the last one takes every longer gap.
        embedding_dim: Width of a bucket's embedding.

    Raises:
        ValueError: if a size is not positive, or a time is not an integer.
    """

    def __init__(self, num_buckets=32, embedding_dim=8, **kwargs):
        super().__init__(**kwargs)
        for name, value in (
            ("num_buckets", num_buckets),
            ("embedding_dim", embedding_dim),
        ):
            if value < 1:
                raise ValueError(f"{name} must be positive; received {value}.")
        self.num_buckets = num_buckets
        self.embedding_dim = embedding_dim

    def build(self, history_time_shape=None):
        self.table = self.add_weight(
            shape=(self.num_buckets, self.embedding_dim),
            initializer="uniform",
            name="table",
        )
        self.built = True

    def call(self, history_time, impression_time, user_index=None):
        """Embeds the gap of each behaviour.

        Args:
            history_time: `[U, L]` int, seconds.
            impression_time: `[B]` int, seconds.
            user_index: `[B]` int, the history row of each impression; None as in
                `row_histories`.

        Returns:
            `[B, L, embedding_dim]` float. Padding has no gap; what stands there is
            for the caller to mask.
        """
        for name, time in (
            ("history_time", history_time),
            ("impression_time", impression_time),
        ):
            if "int" not in str(time.dtype):
                raise ValueError(
                    f"{name} must be integer seconds; received {time.dtype}."
                )
        history_time = row_histories(history_time, impression_time, user_index)
        bucket = self.bucket(impression_time[:, None] - history_time)
        return ops.take(self.table, bucket, axis=0)

    def bucket(self, gap):
        """Buckets of gaps in seconds: `[...]` int to `[...]` int32.

        A negative gap, which padding may have, falls into bucket 0.
        """
        bucket = ops.cast(gap > 0, "int32")
        # The highest bit is found by halving: 6 steps instead of 63 comparisons.
        widths = (32, 16, 8, 4, 2, 1) if "int64" in str(gap.dtype) else (16, 8, 4, 2, 1)
        for width in widths:
            large = gap >= 2**width
            bucket = bucket + width * ops.cast(large, "int32")
            shifted = ops.bitwise_right_shift(gap, ops.cast(width, gap.dtype))
            gap = ops.where(large, shifted, gap)
        return ops.minimum(bucket, self.num_buckets - 1)

    def get_config(self):
        return {
            **super().get_config(),
            "num_buckets": self.num_buckets,
            "embedding_dim": self.embedding_dim,
        }
