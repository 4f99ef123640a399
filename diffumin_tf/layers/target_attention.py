"""Multi-head target attention over a few behaviours: the second stage of a search."""

import keras
from keras import ops

from diffumin_tf.layers.masked_softmax import masked_softmax


@keras.saving.register_keras_serializable("diffumin_tf")
class TargetAttention(keras.layers.Layer):
    """Attends from the target to a set, `softmax(q Kᵀ / √d_k) V W_o`, without biases.

    Args:
        num_heads: h.
        key_dim: d_k, the width of a head; None for d / h, rounded up.

    Raises:
        ValueError: if a number is not positive.
    """

    def __init__(self, num_heads=4, key_dim=None, **kwargs):
        super().__init__(**kwargs)
        for name, value in (("num_heads", num_heads), ("key_dim", key_dim)):
            if value is not None and value < 1:
                raise ValueError(f"{name} must be positive; received {value}.")
        self.num_heads = num_heads
        self.key_dim = key_dim

    def build(self, members_shape, target_shape):
        member, width = members_shape[-1], target_shape[-1]
        inner = self._inner_width(width)
        self._add_kernels(
            query=(width, inner),
            key=(member, inner),
            value=(member, inner),
            output=(inner, width),
        )

    def _inner_width(self, width):
        """h · d_k, for a target as wide as this."""
        self._width = self.key_dim or -(-width // self.num_heads)
        return self.num_heads * self._width

    def _add_kernels(self, **shapes):
        for name, shape in shapes.items():
            kernel = self.add_weight(
                shape=shape, initializer="glorot_uniform", name=f"{name}_kernel"
            )
            setattr(self, f"{name}_kernel", kernel)
        self.built = True

    def call(self, members, target, chosen):
        """Pools the set by what the target asks for.

        Args:
            members: `[B, K, d_z]` float, z.
            target: `[B, d]` float, e_t.
            chosen: `[B, K]` bool, which of them are in the set.

        Returns:
            `[B, d]` float: the zero vector for an empty set.
        """
        return self._pool(members, self._key_scores(members, target), chosen)

    def _key_scores(self, members, target):
        """`q Kᵀ / √d_k`, `[B, h, l]`, of `[B, l, d]` members."""
        query = self._heads(ops.matmul(target, self.query_kernel))
        # A key a head, not a member: the product with the members comes after.
        wanted = ops.einsum("bhk,dhk->bhd", query, self._heads(self.key_kernel))
        return ops.einsum("bld,bhd->bhl", members, wanted) * self._width**-0.5

    def _pool(self, members, scores, chosen):
        """`softmax(scores) V W_o`, `[B, d]`."""
        weights = masked_softmax(scores, chosen[:, None])
        # The members' mean first, then its value: one a head, as above.
        mixed = ops.einsum("bhl,bld->bhd", weights, members)
        value = ops.einsum("bhd,dhk->bhk", mixed, self._heads(self.value_kernel))
        joined = ops.reshape(value, (-1, self.num_heads * self._width))
        return ops.matmul(joined, self.output_kernel)

    def _heads(self, features):
        return ops.reshape(features, (-1, self.num_heads, self._width))

    def get_config(self):
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "key_dim": self.key_dim,
        }
