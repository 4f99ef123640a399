"""Attention, block and short-term encoder of the straightforward formulation."""

import keras
import tensorflow as tf
from keras import ops


class PlainAttention(keras.layers.Layer):
    """Multi-head attention without biases (equations 15 and 17, 3.7.1).

    `keras.layers.MultiHeadAttention` computes the same; its einsums take a third
    longer over so few tokens.

    Args:
        num_heads: Heads; contiguous slices of the width.
    """

    def __init__(self, num_heads=2, **kwargs):
        super().__init__(**kwargs)
        self.num_heads = num_heads

    def build(self, queries_shape, keys_shape=None, attention_mask_shape=None):
        for name in ("query", "key", "value", "output"):
            dense = keras.layers.Dense(queries_shape[-1], use_bias=False)
            dense.build((None, None, queries_shape[-1]))
            setattr(self, f"{name}_dense", dense)
        self.built = True

    def call(self, queries, keys, attention_mask=None):
        """Attends from `[B, n, d]` to `[B, m, d]`; the mask is `[B, 1, 1, m]` bool."""
        query = self._split(self.query_dense(queries))
        key = ops.swapaxes(self._split(self.key_dense(keys)), 2, 3)
        logits = ops.matmul(query, key) * query.shape[-1] ** -0.5
        if attention_mask is not None:
            logits = ops.where(attention_mask, logits, -1e9)
        value = self._split(self.value_dense(keys))
        # The same as `ops.softmax`, which warns of the one key of cross-attention.
        mixed = ops.matmul(tf.nn.softmax(logits, axis=-1), value)
        mixed = ops.reshape(ops.swapaxes(mixed, 1, 2), ops.shape(queries))
        return self.output_dense(mixed)

    def _split(self, tokens):
        """`[B, n, d]` to `[B, h, n, d / h]`."""
        count, width = tokens.shape[1:]
        shape = (-1, count, self.num_heads, width // self.num_heads)
        return ops.swapaxes(ops.reshape(tokens, shape), 1, 2)


class PlainBlock(keras.layers.Layer):
    """Post-norm Transformer block, with cross-attention or without (eq. 14 to 17).

    Args:
        cross_attention: Whether it attends to a guiding vector.
        num_heads: Heads of each attention.
        feed_forward_factor: Inner width of the feed-forward, in multiples of d.
    """

    def __init__(
        self, cross_attention=False, num_heads=2, feed_forward_factor=3, **kwargs
    ):
        super().__init__(**kwargs)
        self.cross_attention = cross_attention
        self.num_heads = num_heads
        self.feed_forward_factor = feed_forward_factor

    def build(self, tokens_shape, guide_shape=None, attention_mask_shape=None):
        width = tokens_shape[-1]
        shape = (None, None, width)
        self.self_attention = self._attention(width)
        self.self_norm = self._norm(shape)
        if self.cross_attention:
            self.guide_attention = self._attention(width)
            self.guide_norm = self._norm(shape)
        inner = self.feed_forward_factor * width
        self.inner = keras.layers.Dense(inner, activation="relu")
        self.inner.build(shape)
        self.outer = keras.layers.Dense(width)
        self.outer.build((None, None, inner))
        self.output_norm = self._norm(shape)
        self.built = True

    def _attention(self, width):
        layer = PlainAttention(self.num_heads)
        layer.build((None, None, width))
        return layer

    def _norm(self, shape):
        layer = keras.layers.LayerNormalization(epsilon=1e-6)
        layer.build(shape)
        return layer

    def call(self, tokens, guide=None, attention_mask=None):
        """Transforms `tokens`.

        Args:
            tokens: `[B, n, d]` float.
            guide: `[B, d]` float; None without cross-attention.
            attention_mask: `[B, 1, 1, n]` bool, which tokens may be attended to.

        Returns:
            `[B, n, d]` float.
        """
        attended = self.self_attention(tokens, tokens, attention_mask=attention_mask)
        x = self.self_norm(tokens + attended)
        if self.cross_attention:
            x = self.guide_norm(x + self.guide_attention(x, guide[:, None]))
        return self.output_norm(x + self.outer(self.inner(x)))


class PlainEncoder(keras.layers.Layer):
    """The short-term branch (equation 21): every query, then the last token.

    Args:
        num_blocks: Transformer blocks.
    """

    def __init__(self, num_blocks=2, **kwargs):
        super().__init__(**kwargs)
        self.blocks = [PlainBlock() for _ in range(num_blocks)]

    def build(self, recent_shape, target_shape=None, recent_mask_shape=None):
        for block in self.blocks:
            block.build(recent_shape)
        self.built = True

    def call(self, recent, target, recent_mask):
        """Encodes `[B, k, d]`, `[B, d]` and the bool mask `[B, k]` as `[B, d]`."""
        tokens = ops.concatenate([recent, target[:, None]], axis=1)
        visible = ops.pad(recent_mask, [(0, 0), (0, 1)], constant_values=True)
        for block in self.blocks:
            tokens = block(tokens, attention_mask=visible[:, None, None])
        return tokens[:, -1]
