"""Multi-head attention as the paper counts it (equations 14 to 17, 3.7.1)."""

import keras
from keras import ops

from diffumin_tf.layers.feature_first import dense, weights_of

SCALES = ("width", "keys")


@keras.saving.register_keras_serializable("diffumin_tf")
class Attention(keras.layers.Layer):
    """Scaled dot-product attention without biases.

    Keras' own `MultiHeadAttention` always projects its output and always scales
    by the head's width; equations 14 to 17 do without the one, and the released
    code differs in the other.

    Args:
        num_heads: h; heads are contiguous slices of the width.
        output_projection: Whether a d × d kernel follows the heads.
        scale: `"width"` divides the logits by √(d/h), `"keys"` by the square
            root of the number of keys.

    Raises:
        ValueError: if `scale` is unknown or h does not divide the width.
    """

    def __init__(self, num_heads=2, output_projection=True, scale="width", **kwargs):
        super().__init__(**kwargs)
        if scale not in SCALES:
            raise ValueError(f"scale must be one of {SCALES}; received {scale!r}.")
        self.num_heads = num_heads
        self.output_projection = output_projection
        self.scale = scale

    def build(self, input_shape):
        width = input_shape[-1]
        if width % self.num_heads:
            raise ValueError(
                "num_heads must divide the width of the tokens; received "
                f"num_heads={self.num_heads}, width {width}."
            )
        names = ["query", "key", "value"] + ["output"] * self.output_projection
        for name in names:
            dense = keras.layers.Dense(
                width, use_bias=False, dtype=self.dtype_policy, name=name
            )
            dense.build((None, width))
            setattr(self, f"{name}_dense", dense)
        self.built = True

    def call(self, queries, keys, key_mask=None):
        """Attends from `queries` to `keys`.

        Args:
            queries: `[B, n, d]` float.
            keys: `[B, m, d]` float, the source of keys and values.
            key_mask: `[B, m]` bool, True where a key may be attended to.

        Returns:
            `[B, n, d]` float.
        """
        query = self._split(self.query_dense(queries))
        key = self._split(self.key_dense(keys))
        value = self._split(self.value_dense(keys))
        logits = ops.einsum("bqhe,bkhe->bhqk", query, key) * self._factor(key)
        if key_mask is not None:
            logits = ops.where(key_mask[:, None, None, :], logits, -1e9)
        mixed = ops.einsum("bhqk,bkhe->bqhe", ops.softmax(logits, axis=-1), value)
        return self._project(ops.reshape(mixed, ops.shape(queries)))

    def attend_single(self, key):
        """Attention to one key: the softmax of one logit is 1 for every query.

        Args:
            key: `[..., d]` float.

        Returns:
            `[..., d]` float, the same for all queries. The kernels of queries and
            keys exist (the paper counts them) but take no part.
        """
        return self._project(self.value_dense(key))

    def tensors(self):
        """The weights of each projection that exists, by name."""
        names = ["query", "key", "value"] + ["output"] * self.output_projection
        return {name: weights_of(getattr(self, f"{name}_dense")) for name in names}

    def project(self, tensors, tokens, query=None):
        """Queries, and keys above values, features first, in as few products as can be.

        Linear in the tokens: that of a sum is the sum of those of its parts.

        Args:
            tensors: What `tensors` returned.
            tokens: `[d, n, B]` float.
            query: Index of the one token that asks; None for all.

        Returns:
            `[d, n, B]` float, or `[d, 1, B]` for one token; and `[2d, n, B]` float.
        """
        # Joined in here: beforehand, a chain's backward would carry the joined kernel.
        kernels = [tensors[name][0] for name in ("query", "key", "value")]
        if query is None:
            joined = dense([ops.concatenate(kernels, axis=1)], tokens)
            return [joined[: tokens.shape[0]], joined[tokens.shape[0] :]]
        asking = dense(kernels[:1], tokens[:, query : query + 1])
        return [asking, dense([ops.concatenate(kernels[1:], axis=1)], tokens)]

    def attend(self, tensors, queries, keys_values):
        """As `call`, from what `project` returned, without a mask: `[d, n, B]`."""
        keys, values = ops.split(keys_values, 2, axis=0)
        query = self._split_first(queries)[:, :, :, None]
        key = self._split_first(keys)[:, :, None]
        value = self._split_first(values)[:, :, None]
        size = keys.shape[1] if self.scale == "keys" else query.shape[1]
        logits = ops.sum(query * key, axis=1) * size**-0.5  # [h, n, m, B]
        largest = ops.stop_gradient(ops.max(logits, axis=2, keepdims=True))
        weights = ops.exp(logits - largest)
        weights = weights / ops.sum(weights, axis=2, keepdims=True)
        mixed = ops.sum(weights[:, None] * value, axis=3)
        mixed = ops.reshape(mixed, ops.shape(queries))
        return dense(tensors["output"], mixed) if self.output_projection else mixed

    def _split_first(self, features):
        heads, shape = self.num_heads, ops.shape(features)
        return ops.reshape(features, (heads, shape[0] // heads, *shape[1:]))

    def _split(self, tokens):
        heads = self.num_heads
        shape = (-1, tokens.shape[1], heads, tokens.shape[2] // heads)
        return ops.reshape(tokens, shape)

    def _factor(self, key):
        size = key.shape[1] if self.scale == "keys" else key.shape[-1]
        return float(size) ** -0.5

    def _project(self, mixed):
        return self.output_dense(mixed) if self.output_projection else mixed

    def get_config(self):
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "output_projection": self.output_projection,
            "scale": self.scale,
        }
