"""SIM-soft's search: a learned inner product of behaviour and target."""

import keras
from keras import ops

from diffumin_tf.layers.row_histories import (
    history_products,
    history_sums,
    row_histories,
)
from diffumin_tf.layers.top_positions import top_positions


@keras.saving.register_keras_serializable("diffumin_tf")
class SoftSearch(keras.layers.Layer):
    """Ranks behaviours by `s_j = (W_b e_j)·(W_a e_t)`.

    The choice has no gradient: W_a and W_b learn through `Σ s_j e_j`, which an
    auxiliary click loss is to be put on.

    Args:
        num_selected: K, the behaviours that are chosen.
        search_dim: Width of the product; None for d.

    Raises:
        ValueError: if a number is not positive.
    """

    def __init__(self, num_selected=100, search_dim=None, **kwargs):
        super().__init__(**kwargs)
        for name, value in (("num_selected", num_selected), ("search_dim", search_dim)):
            if value is not None and value < 1:
                raise ValueError(f"{name} must be positive; received {value}.")
        self.num_selected = num_selected
        self.search_dim = search_dim

    def build(self, history_shape, target_shape=None):
        width = history_shape[-1]
        for name in ("target", "behaviour"):
            kernel = self.add_weight(
                shape=(width, self.search_dim or width),
                initializer="glorot_uniform",
                name=f"{name}_kernel",
            )
            setattr(self, f"{name}_kernel", kernel)
        self.built = True

    def scores(self, history, target):
        """s of every behaviour: `[U, l, d]` and `[B, d]` to `[B, l]`."""
        wanted = ops.matmul(target, self.target_kernel)
        # W_bᵀ (W_a e_t) first: a vector a row instead of one a behaviour.
        wanted = ops.matmul(wanted, ops.transpose(self.behaviour_kernel))
        return history_products(wanted[:, None], history)[:, 0]

    def call(self, history, target, history_mask, user_index=None):
        """Searches the histories.

        Args:
            history: `[U, l, d]` float, most recent behaviour first.
            target: `[B, d]` float.
            history_mask: `[B, l]` bool, the behaviours that row b may see.
            user_index: `[B]` int, the history row of each target; None as in
                `row_histories`.

        Returns:
            positions: `[B, K]` int32 below l, best first.
            chosen: `[B, K]` bool, False where there is no K-th behaviour.
            pooled: `[B, d]` float, `Σ s_j e_j` over all valid behaviours.
        """
        if user_index is not None:
            history = row_histories(history, target, user_index)
        scores = self.scores(history, target)
        weights = ops.where(history_mask, scores, ops.zeros_like(scores))
        pooled = history_sums(weights[:, None], history)[:, 0]
        return *top_positions(scores, history_mask, self.num_selected), pooled

    def get_config(self):
        return {
            **super().get_config(),
            "num_selected": self.num_selected,
            "search_dim": self.search_dim,
        }
