"""OMIE: interests of a long history, by orthogonal channels (section 3.3)."""

import math
from fractions import Fraction

import keras
from keras import ops

from diffumin_tf.layers.first_largest import first_largest
from diffumin_tf.layers.orthogonal_channels import OrthogonalChannels
from diffumin_tf.layers.row_histories import (
    history_products,
    history_sums,
    row_histories,
)
from diffumin_tf.layers.top_k_mask import top_k_mask

_CHOICES = {
    "decomposition": ("orthogonal", "target"),
    "routing": ("top", "soft"),
    "filtering": ("top_share", "top_k", "none"),
    "rounding": ("ceil", "floor", "half_up"),
    "share_of": ("valid", "padded", "routed"),
    "rank_over": ("column", "routed"),
    "aggregation": ("mean", "target_attention", "self_attention", "score_weighted"),
}


@keras.saving.register_keras_serializable("diffumin_tf")
class OMIELayer(keras.layers.Layer):
    """Orthogonal multi-interest extractor.

    The target is projected to c vectors, whose orthonormal basis are the interest
    channels. Each behaviour goes to the channel where it scores highest; a channel
    keeps those within its own top p %; the kept ones are averaged.

    Routing and filtering are discrete: with mean pooling no gradient reaches the
    channels from here. They learn through what they guide (section 3.4).

    Args:
        num_channels: c.
        top_share: p as a fraction, of `"top_share"` filtering.
        top_k: Behaviours a channel keeps with `"top_k"` filtering.
        sign_rule: As in `OrthogonalChannels`.
        decomposition: `"orthogonal"`, or `"target"`: the target itself is the one
            channel (ablation A).
        routing: `"top"` sends a behaviour to its best `num_routes` channels,
            `"soft"` to all of them by a softmax of its scores.
        num_routes: Channels a behaviour goes to with `"top"` routing.
        filtering: `"top_share"`, `"top_k"` or `"none"`.
        rounding: How p·n becomes a count: `"ceil"`, `"floor"` or `"half_up"`;
            always at least one and at most n.
        share_of: n is the number of `"valid"` behaviours, of `"padded"` positions,
            or of behaviours `"routed"` to the channel.
        rank_over: Whether a behaviour competes with its whole `"column"` or only
            with those `"routed"` to the channel.
        aggregation: `"mean"`; `"target_attention"`, a softmax of ⟨e_i, e_s⟩/√d over
            the kept; `"self_attention"`, a learned softmax of v·tanh(e_i U);
            `"score_weighted"`, the released Σ score·e / l.
        sequence_length: l, where a grouped history is stored with slack; None for
            the history's own length.
        kernel_initializer: As in `OrthogonalChannels`.
        use_bias: As in `OrthogonalChannels`.
        jitter: As in `OrthogonalChannels`.

    Raises:
        ValueError: if a choice is unknown or a number out of its range.
    """

    def __init__(
        self,
        num_channels=4,
        top_share=0.2,
        top_k=100,
        sign_rule="positive_diagonal",
        decomposition="orthogonal",
        routing="top",
        num_routes=1,
        filtering="top_share",
        rounding="ceil",
        share_of="valid",
        rank_over="column",
        aggregation="mean",
        sequence_length=None,
        kernel_initializer="glorot_uniform",
        use_bias=False,
        jitter=0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.num_channels = num_channels
        self.top_share = top_share
        self.top_k = top_k
        self.decomposition = decomposition
        self.routing = routing
        self.num_routes = num_routes
        self.filtering = filtering
        self.rounding = rounding
        self.share_of = share_of
        self.rank_over = rank_over
        self.aggregation = aggregation
        self.sequence_length = sequence_length
        self.projection = OrthogonalChannels(
            num_channels,
            sign_rule,
            kernel_initializer,
            use_bias,
            jitter,
            dtype=self.dtype_policy,
            name="projection",
        )
        self._check_arguments()

    def _check_arguments(self):
        for name, allowed in _CHOICES.items():
            value = getattr(self, name)
            if value not in allowed:
                raise ValueError(
                    f"{name} must be one of {allowed}; received {value!r}."
                )
        if self.decomposition == "target" and self.num_channels != 1:
            raise ValueError(
                "decomposition='target' has one channel; received "
                f"num_channels={self.num_channels}."
            )
        if self.decomposition == "target" and self.projection.jitter:
            raise ValueError(
                "decomposition='target' has nothing to jitter; received "
                f"jitter={self.projection.jitter}."
            )
        if not 1 <= self.num_routes <= self.num_channels:
            raise ValueError(
                f"num_routes must lie in 1..num_channels ({self.num_channels}); "
                f"received {self.num_routes}."
            )
        self._share = Fraction(self.top_share).limit_denominator(1000)
        if not 0 < self.top_share <= 1 or abs(self._share - self.top_share) > 1e-9:
            raise ValueError(
                "top_share must lie in (0, 1] and be a fraction with a denominator "
                f"of at most 1000; received {self.top_share}."
            )
        if self.top_k < 1:
            raise ValueError(f"top_k must be at least 1; received {self.top_k}.")

    def build(self, history_shape, target_shape=None):
        width = history_shape[-1]
        if self.decomposition == "orthogonal":
            self.projection.build((None, width))
        if self.aggregation == "self_attention":
            self.attention_kernel = self.add_weight(
                shape=(width, width), initializer="glorot_uniform", name="attention"
            )
            self.attention_vector = self.add_weight(
                shape=(width, 1), initializer="glorot_uniform", name="attention_vector"
            )
        self.built = True

    def channels(self, target, noise=None):
        """O (equations 3 and 4): `[B, d]` to `[B, c, d]` with orthonormal rows.

        `noise` is that of `OrthogonalChannels`.
        """
        if self.decomposition == "orthogonal":
            return self.projection(target, noise=noise)
        square = ops.sum(ops.square(target), axis=-1, keepdims=True)
        return (target * ops.rsqrt(ops.maximum(square, 1e-12)))[:, None]

    def scores(self, history, channels):
        """A (equation 5): `[U, l, d]` and `[B, c, d]` to `[B, c, l]`.

        Channels of the rows that share a history are multiplied with it at once.
        """
        return history_products(channels, history)

    def route(self, scores):
        """Φ (equation 6): the channels each behaviour belongs to.

        Args:
            scores: `[B, c, l]` float, A.

        Returns:
            `[B, c, l]` float: 0 and 1, or the softmax's shares with soft routing.
            Ties go to the lower channel.
        """
        if self.routing == "soft":
            return ops.softmax(scores, axis=1)
        remaining = ops.stop_gradient(scores)
        routed = ops.zeros_like(remaining)
        for _ in range(self.num_routes):
            best = first_largest(remaining)
            routed = routed + ops.cast(best, scores.dtype)
            remaining = ops.where(best, -math.inf, remaining)
        return routed

    def select(self, scores, mask, routed=None):
        """Γ (equation 7): the behaviours each channel keeps.

        Args:
            scores: `[B, c, l]` float, A.
            mask: `[B, l]` bool, False at padding, which is never kept.
            routed: `[B, c, l]` float, Φ; None to have it computed.

        Returns:
            `[B, c, l]` float: Φ where kept, 0 elsewhere. Ties go to the lower
            position, which is the more recent behaviour.
        """
        routed = self.route(scores) if routed is None else routed
        belongs = ops.logical_and(routed > 0, mask[:, None])
        if self.filtering != "none":
            rivals = belongs if self.rank_over == "routed" else mask[:, None]
            top = top_k_mask(scores, rivals, self._num_kept(mask, belongs))
            belongs = ops.logical_and(belongs, top)
        return ops.where(belongs, routed, ops.zeros_like(routed))

    def _num_kept(self, mask, belongs):
        """`[B, c]` int32: how many behaviours a channel may keep."""
        valid = ops.sum(ops.cast(mask, "int32"), axis=1)[:, None]
        if self.filtering == "top_k":
            kept = ops.full_like(valid, self.top_k)
        else:
            share_of = valid
            if self.share_of == "padded":
                length = self.sequence_length or mask.shape[1]
                share_of = ops.full_like(valid, length)
            elif self.share_of == "routed":
                share_of = ops.sum(ops.cast(belongs, "int32"), axis=2)
            kept = self._rounded(share_of)
        kept = ops.minimum(ops.maximum(kept, 1), valid)
        return ops.broadcast_to(kept, (ops.shape(mask)[0], self.num_channels))

    def _rounded(self, counts):
        """`round(p·n)` in integers, where float32 would miss whole numbers."""
        over, under = self._share.numerator, self._share.denominator
        if self.rounding == "half_up":
            return (2 * over * counts + under) // (2 * under)
        return (over * counts + (under - 1) * (self.rounding == "ceil")) // under

    def aggregate(self, history, kept, scores, target):
        """r (equation 8).

        Args:
            history: `[U, l, d]` float, E, each for B / U rows.
            kept: `[B, c, l]` float, Γ.
            scores: `[B, c, l]` float, A.
            target: `[B, d]` float, e_s.

        Returns:
            `[B, c, d]` float; a channel that keeps nothing gives the zero vector.
        """
        if self.aggregation == "score_weighted":
            length = self.sequence_length or history.shape[1]
            return history_sums(kept * scores, history) / length
        weights = kept
        if self.aggregation != "mean":
            weights = kept * self._attention_weights(history, kept, target)
        # A product with ones: XLA's own sum along a row is not vectorised on a CPU.
        total = ops.matmul(weights, ops.ones((ops.shape(history)[1], 1), weights.dtype))
        pooled = history_sums(weights, history)
        return pooled / ops.where(total > 0, total, ops.ones_like(total))

    def _attention_weights(self, history, kept, target):
        """`[B, c, l]`: positive weights, to be normalised over the kept."""
        if self.aggregation == "target_attention":
            logits = history_products(target[:, None], history)
            logits = logits * history.shape[-1] ** -0.5
        else:
            hidden = ops.tanh(ops.matmul(history, self.attention_kernel))
            logits = ops.matmul(hidden, self.attention_vector)
            logits = row_histories(ops.swapaxes(logits, 1, 2), kept)
        logits = ops.where(kept > 0, logits, -1e9)
        largest = ops.stop_gradient(ops.max(logits, axis=2, keepdims=True))
        return ops.exp(logits - largest)

    def call(
        self,
        history,
        target,
        history_mask,
        user_index=None,
        noise=None,
        return_intermediates=False,
    ):
        """Extracts the interests.

        Args:
            history: `[U, l, d]` float, E, most recent behaviour first.
            target: `[B, d]` float, e_s.
            history_mask: `[B, l]` bool, the behaviours that row b may see.
            user_index: `[B]` int, the history row of each target; None as in
                `row_histories`.
            noise: `[B, c, d]` float, as in `channels`.
            return_intermediates: Whether to return everything by name.

        Returns:
            The channels O and the interests r, `[B, c, d]` float each; or a dict
            that also holds `scores`, `routing` and `kept`, `[B, l, c]` each.
        """
        if user_index is not None:
            history = row_histories(history, target, user_index)
        channels = self.channels(target, noise)
        scores = self.scores(history, channels)
        routing = self.route(scores)
        kept = self.select(scores, history_mask, routing)
        interests = self.aggregate(history, kept, scores, target)
        if not return_intermediates:
            return channels, interests
        routing = ops.where(history_mask[:, None], routing, 0.0)
        seen = {"scores": scores, "routing": routing, "kept": kept}
        seen = {name: ops.swapaxes(value, 1, 2) for name, value in seen.items()}
        return {"channels": channels, **seen, "interests": interests}

    def get_config(self):
        projection = self.projection.get_config()
        shared = (
            "num_channels",
            "sign_rule",
            "kernel_initializer",
            "use_bias",
            "jitter",
        )
        own = (*_CHOICES, "top_share", "top_k", "num_routes", "sequence_length")
        return {
            **super().get_config(),
            **{name: projection[name] for name in shared},
            **{name: getattr(self, name) for name in own},
        }
