"""ETA's search: the behaviours whose hash is closest to the target's."""

import keras
from keras import ops

from diffumin_tf.layers.row_histories import history_products, row_histories
from diffumin_tf.layers.sim_hash import SimHash
from diffumin_tf.layers.top_positions import top_positions


@keras.saving.register_keras_serializable("diffumin_tf")
class HashSearch(keras.layers.Layer):
    """Ranks behaviours by the Hamming distance of their sign bits to the target's.

    Args:
        num_selected: K, the behaviours that are chosen.
        num_hashes: m, bits of a hash.

    Raises:
        ValueError: if a number is not positive.
    """

    def __init__(self, num_selected=100, num_hashes=48, **kwargs):
        super().__init__(**kwargs)
        if num_selected < 1:
            raise ValueError(f"num_selected must be positive; received {num_selected}.")
        self.num_selected = num_selected
        self.num_hashes = num_hashes
        self.hashing = SimHash(num_hashes, dtype=self.dtype_policy, name="hashing")

    def build(self, history_shape, target_shape=None):
        self.hashing.build(history_shape)
        self.built = True

    def distances(self, history, target, user_index=None):
        """Hamming distances: `[U, l, d]` and `[B, d]` to `[B, l]` float in 0..m.

        `user_index` is that of `call`.
        """
        codes, wanted = self._signs(history), self._signs(target)
        if user_index is not None:  # after hashing, which each history needs once
            codes = row_histories(codes, target, user_index)
        # A product of signs is m less two for each bit that differs.
        products = history_products(wanted[:, None], codes)[:, 0]
        return (self.num_hashes - products) / 2

    def _signs(self, vectors):
        """`[..., m]`: −1 and 1; in float32, for their sums are to be exact."""
        return 2 * ops.cast(self.hashing(vectors), "float32") - 1

    def call(self, history, target, history_mask, user_index=None):
        """Searches the histories, without a gradient.

        Args:
            history: `[U, l, d]` float, most recent behaviour first.
            target: `[B, d]` float.
            history_mask: `[B, l]` bool, the behaviours that row b may see.
            user_index: `[B]` int, the history row of each target; None as in
                `row_histories`.

        Returns:
            positions: `[B, K]` int32 below l, closest first.
            chosen: `[B, K]` bool, False where there is no K-th behaviour.
        """
        distances = self.distances(history, target, user_index)
        return top_positions(-distances, history_mask, self.num_selected)

    def get_config(self):
        return {
            **super().get_config(),
            "num_selected": self.num_selected,
            "num_hashes": self.num_hashes,
        }
