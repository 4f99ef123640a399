"""SDIM's pooling: sums of the behaviours that share a signature with the target."""

import keras
from keras import ops

from diffumin_tf.layers.composition import precise_dtype
from diffumin_tf.layers.row_histories import history_sums, row_histories
from diffumin_tf.layers.sim_hash import SimHash


@keras.saving.register_keras_serializable("diffumin_tf")
class HashPooling(keras.layers.Layer):
    """`v = (1/G) Σ_g l2norm(Σ_j 1[sig_g(j) = sig_g(t)] e_j)`.

    A signature is a group of τ sign bits; m bits make G = m / τ of them.

    Args:
        num_hashes: m.
        group_size: τ.

    Raises:
        ValueError: if a number is not positive or τ does not divide m.
    """

    def __init__(self, num_hashes=48, group_size=3, **kwargs):
        super().__init__(**kwargs)
        if group_size < 1 or num_hashes % group_size:
            raise ValueError(
                "group_size must be positive and divide num_hashes; received "
                f"group_size={group_size}, num_hashes={num_hashes}."
            )
        self.num_hashes = num_hashes
        self.group_size = group_size
        self.hashing = SimHash(num_hashes, dtype=self.dtype_policy, name="hashing")

    @property
    def num_groups(self):
        """int, G."""
        return self.num_hashes // self.group_size

    def build(self, history_shape, target_shape=None):
        self.hashing.build(history_shape)
        self.built = True

    def signatures(self, vectors):
        """Signatures of vectors as numbers: `[n, l, d]` float to `[n, l, G]` int32."""
        bits = ops.cast(self.hashing(vectors), "int32")
        shape = (-1, ops.shape(vectors)[1], self.num_groups, self.group_size)
        values = 2 ** ops.arange(self.group_size, dtype="int32")
        return ops.sum(ops.reshape(bits, shape) * values, axis=-1)

    def matches(self, history, target, user_index=None):
        """Whose signatures equal the target's: `[B, l, G]` bool; arguments of `call`.

        A history is hashed once for all its rows, whatever their targets.
        """
        stored = self.signatures(history)
        stored = row_histories(stored, target, user_index)
        return ops.equal(stored, self.signatures(target[:, None]))

    def call(self, history, target, history_mask, user_index=None):
        """Pools the history.

        Args:
            history: `[U, l, d]` float.
            target: `[B, d]` float.
            history_mask: `[B, l]` bool, the behaviours that row b may see.
            user_index: `[B]` int, the history row of each target; None as in
                `row_histories`.

        Returns:
            v, `[B, d]` float: the zero vector where no signature is shared.
        """
        matches = self.matches(history, target, user_index)
        matches = ops.logical_and(matches, history_mask[..., None])
        weights = ops.swapaxes(ops.cast(matches, history.dtype), 1, 2)
        if user_index is not None:
            history = row_histories(history, target, user_index)
        return ops.mean(_unit(history_sums(weights, history)), axis=1)

    def get_config(self):
        return {
            **super().get_config(),
            "num_hashes": self.num_hashes,
            "group_size": self.group_size,
        }


def _unit(vectors):
    """`[..., d]` at length 1; one next to zero stays, so that its gradient does."""
    precise = ops.cast(vectors, precise_dtype(vectors.dtype))
    square = ops.sum(ops.square(precise), axis=-1, keepdims=True)
    square = ops.where(square > 1e-12, square, ops.ones_like(square))
    return ops.cast(precise * ops.rsqrt(square), vectors.dtype)
