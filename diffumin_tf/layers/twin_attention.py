"""TWIN's target attention: one score for the search and for the attention."""

import keras
from keras import ops

from diffumin_tf.layers.merge_heads import merge_heads
from diffumin_tf.layers.row_histories import row_histories
from diffumin_tf.layers.target_attention import TargetAttention


@keras.saving.register_keras_serializable("diffumin_tf")
class TWINAttention(TargetAttention):
    """Multi-head target attention that also finds what it attends to.

    A head scores a behaviour by `α_j = (e_j W_h)(e_t W_q)ᵀ / √d_k + k_j β`, with the
    inherent features e_j and the cross features k_j of behaviour and user. `search`
    takes the best behaviours of a long history by these scores, calling the layer
    attends to a set by the same scores of the same weights: the two agree on what
    matters, which is the point of TWIN. Where a behaviour stands for a cluster of n,
    both add ln n to its score (TWIN-V2): in a softmax it counts n times.

    Args:
        num_selected: K, the behaviours that `search` returns.
        num_heads: h.
        key_dim: d_k, the width of a head; None for d / h, rounded up.

    Raises:
        ValueError: if a number is not positive.
    """

    def __init__(self, num_selected=100, num_heads=4, key_dim=None, **kwargs):
        super().__init__(num_heads, key_dim, **kwargs)
        if num_selected < 1:
            raise ValueError(f"num_selected must be positive; received {num_selected}.")
        self.num_selected = num_selected

    def build(self, behaviours_shape, cross_features_shape):
        width, cross = behaviours_shape[-1], cross_features_shape[-1]
        inner = self._inner_width(width)
        self._add_kernels(
            query=(width, inner),
            key=(width, inner),
            # β, and within it the projection of each cross feature to one number.
            cross=(cross, self.num_heads),
            value=(width + cross, inner),
            output=(inner, width),
        )

    def scores(self, behaviours, target, cross_features, log_sizes=None):
        """α of every behaviour and head.

        Args:
            behaviours: `[B, l, d]` float, the inherent features K_h.
            target: `[B, d]` float.
            cross_features: `[B, l, d_c]` float, K_c.
            log_sizes: `[B, l]` float, ln n of each behaviour; None for n = 1.

        Returns:
            `[B, h, l]` float.
        """
        cross = ops.einsum("blc,ch->bhl", cross_features, self.cross_kernel)
        scores = self._key_scores(behaviours, target) + cross
        return scores if log_sizes is None else scores + log_sizes[:, None]

    def search(
        self,
        history,
        target,
        history_mask,
        cross_features,
        user_index=None,
        log_sizes=None,
    ):
        """Stage 1: the K behaviours with the best scores, without a gradient.

        Args:
            history: `[U, l, d]` float, most recent behaviour first.
            target: `[B, d]` float.
            history_mask: `[B, l]` bool, the behaviours that row b may see.
            cross_features: `[B, l, d_c]` float.
            user_index: `[B]` int, the history row of each target; None as in
                `row_histories`.
            log_sizes: As in `scores`.

        Returns:
            positions: `[B, K]` int32 below l, heads merged as in `merge_heads`.
            chosen: `[B, K]` bool, False where there is no K-th behaviour.
        """
        history = row_histories(history, target, user_index)
        scores = self.scores(history, target, cross_features, log_sizes)
        scores = ops.stop_gradient(scores)
        return merge_heads(scores, history_mask, self.num_selected)

    def call(self, behaviours, target, cross_features, chosen, log_sizes=None):
        """Stage 2: `softmax(α) [K_h ; K_c] W_v`, heads joined by W_o.

        Args:
            behaviours: `[B, K, d]` float.
            target: `[B, d]` float.
            cross_features: `[B, K, d_c]` float.
            chosen: `[B, K]` bool, the members of the set.
            log_sizes: As in `scores`, `[B, K]`.

        Returns:
            `[B, d]` float: the zero vector for an empty set.
        """
        scores = self.scores(behaviours, target, cross_features, log_sizes)
        both = ops.concatenate([behaviours, cross_features], axis=-1)
        return self._pool(both, scores, chosen)

    def get_config(self):
        return {**super().get_config(), "num_selected": self.num_selected}
