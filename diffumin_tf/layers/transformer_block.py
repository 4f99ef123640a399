"""The post-norm block shared by the denoiser and the short-term encoder."""

import keras
from keras import ops

from diffumin_tf.layers.attention import Attention
from diffumin_tf.layers.feature_first import dense, layer_norm, weights_of

LAYER_NORM_EPSILON = 1e-6


@keras.saving.register_keras_serializable("diffumin_tf")
class TransformerBlock(keras.layers.Layer):
    """Self-attention, cross-attention to one vector, feed-forward; post-norm.

    Args:
        num_heads: Heads of each attention.
        feed_forward_factor: Inner width of the feed-forward, in multiples of d.
        cross_attention: Whether the block attends to a guiding vector (eq. 16).
        output_projection: As in `Attention`.
        attention_scale: As in `Attention`.
    """

    def __init__(
        self,
        num_heads=2,
        feed_forward_factor=3,
        cross_attention=False,
        output_projection=True,
        attention_scale="width",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.num_heads = num_heads
        self.feed_forward_factor = feed_forward_factor
        self.cross_attention = cross_attention
        self.output_projection = output_projection
        self.attention_scale = attention_scale

    def build(self, input_shape):
        width = input_shape[-1]
        self.self_attention_layer = self._attention("self_attention", width)
        if self.cross_attention:
            self.cross_attention_layer = self._attention("cross_attention", width)
        for name in self._norm_names:
            if not hasattr(self, name):
                setattr(self, name, self._norm(name, width))
        inner = self.feed_forward_factor * width
        self.inner_dense = keras.layers.Dense(
            inner, activation="relu", dtype=self.dtype_policy, name="inner"
        )
        self.inner_dense.build((None, width))
        self.outer_dense = keras.layers.Dense(
            width, dtype=self.dtype_policy, name="outer"
        )
        self.outer_dense.build((None, inner))
        self.built = True

    def take_norms(self, block):
        """Makes the norms of another, built block its own too; before `build`."""
        for name in self._norm_names:
            setattr(self, name, getattr(block, name))

    @property
    def _norm_names(self):
        cross = ("cross_norm",) if self.cross_attention else ()
        return (*cross, "self_norm", "output_norm")

    def _attention(self, name, width):
        layer = Attention(
            self.num_heads,
            self.output_projection,
            self.attention_scale,
            dtype=self.dtype_policy,
            name=name,
        )
        layer.build((None, None, width))
        return layer

    def _norm(self, name, width):
        layer = keras.layers.LayerNormalization(
            epsilon=LAYER_NORM_EPSILON, dtype=self.dtype_policy, name=name
        )
        layer.build((None, width))
        return layer

    def call(
        self,
        tokens,
        guidance=None,
        token_mask=None,
        query=None,
        return_intermediates=False,
    ):
        """Transforms `tokens`, or only one of them.

        Args:
            tokens: `[B, n, d]` float.
            guidance: `[B, d]` float, output of `guide`; None without cross-attention.
            token_mask: `[B, n]` bool, True where a token may be attended to.
            query: Index of the one token that is wanted; None for all.
            return_intermediates: Whether to return the sublayers' outputs by name
                instead, the block's own as `"out"`.

        Returns:
            `[B, n, d]` float, or `[B, 1, d]` for one token.
        """
        x = tokens if query is None else tokens[:, query : query + 1]
        seen = {"in": x, "self_attn": self.self_attention_layer(x, tokens, token_mask)}
        x = seen["after_norm1"] = self.self_norm(x + seen["self_attn"])
        if self.cross_attention:
            seen["cross_attn"] = ops.broadcast_to(guidance[:, None], ops.shape(x))
            x = self.cross_norm(x + seen["cross_attn"])
        seen["after_norm2"] = x
        seen["ffn"] = self.outer_dense(self.inner_dense(x))
        seen["out"] = self.output_norm(x + seen["ffn"])
        return seen if return_intermediates else seen["out"]

    def guide(self, vector):
        """Cross-attention to the one `vector`, ready to be passed as `guidance`."""
        return self.cross_attention_layer.attend_single(vector)

    def tensors(self):
        """The weights that `feature_first` needs, by name."""
        names = [*self._norm_names, "inner_dense", "outer_dense"]
        found = {name: weights_of(getattr(self, name)) for name in names}
        return {**found, "self_attention": self.self_attention_layer.tensors()}

    def project(self, tensors, tokens, query=None):
        """As `Attention.project`, for the block's own attention."""
        attention = self.self_attention_layer
        return attention.project(tensors["self_attention"], tokens, query)

    def feature_first(self, tensors, tokens, guidance=None, query=None, projected=None):
        """As `call`, features first, without a mask.

        Args:
            tensors: What `tensors` returned.
            tokens: `[d, n, B]` float.
            guidance: `[d, B]` float, as in `call`.
            query: As in `call`.
            projected: `project` of the tokens, where it is known; None to compute it.

        Returns:
            `[d, n, B]` float, or `[d, 1, B]` for one token.
        """
        x = tokens if query is None else tokens[:, query : query + 1]
        if projected is None:
            projected = self.project(tensors, tokens, query)
        attend = self.self_attention_layer.attend
        x = x + attend(tensors["self_attention"], *projected)
        x = layer_norm(tensors["self_norm"], x, LAYER_NORM_EPSILON)
        if self.cross_attention:
            x = x + guidance[:, None]
            x = layer_norm(tensors["cross_norm"], x, LAYER_NORM_EPSILON)
        inner = ops.relu(dense(tensors["inner_dense"], x))
        x = x + dense(tensors["outer_dense"], inner)
        return layer_norm(tensors["output_norm"], x, LAYER_NORM_EPSILON)

    def get_config(self):
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "feed_forward_factor": self.feed_forward_factor,
            "cross_attention": self.cross_attention,
            "output_projection": self.output_projection,
            "attention_scale": self.attention_scale,
        }
