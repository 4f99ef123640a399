"""TIN's pooling: a behaviour counts and speaks by what it is and when it was."""

import keras
from keras import ops

from diffumin_tf.layers.masked_softmax import masked_softmax
from diffumin_tf.layers.row_histories import row_histories


@keras.saving.register_keras_serializable("diffumin_tf")
class TemporalInterest(keras.layers.Layer):
    """`Σ_j softmax(⟨e_j + p_j, e_t + p_0⟩) (e_j + p_j) ⊙ (e_t + p_0)`.

    p_j encodes how many behaviours ago the j-th was, counted from the impression: 1
    for the most recent one, 0 for the target itself.

    Args:
        num_positions: Behaviours with an encoding of their own; older ones share the
            last.

    Raises:
        ValueError: if `num_positions` is not positive.
    """

    def __init__(self, num_positions=5000, **kwargs):
        super().__init__(**kwargs)
        if num_positions < 1:
            raise ValueError(
                f"num_positions must be positive; received {num_positions}."
            )
        self.num_positions = num_positions

    def build(self, history_shape, target_shape=None):
        self.encodings = self.add_weight(
            shape=(1 + self.num_positions, history_shape[-1]),
            initializer="uniform",
            name="encodings",
        )
        self.built = True

    def call(self, history, target, history_mask, start, user_index=None):
        """Pools the history.

        Args:
            history: `[U, L, d]` float, most recent behaviour first.
            target: `[B, d]` float.
            history_mask: `[B, L]` bool, the behaviours that row b may see.
            start: `[B]` int, position of its most recent behaviour.
            user_index: `[B]` int, the history row of each target; None as in
                `row_histories`.

        Returns:
            `[B, d]` float: the zero vector for an empty history.
        """
        history = row_histories(history, target, user_index)
        asked, place = target + self.encodings[0], self._place(start, history)
        # The encodings are added to numbers and sums, never to [B, L, d] behaviours.
        encodings = ops.convert_to_tensor(self.encodings)[1:]
        by_age = ops.matmul(asked, ops.transpose(encodings))
        scores = ops.einsum("bld,bd->bl", history, asked)
        scores = scores + ops.take_along_axis(by_age, place, axis=1)
        weights = masked_softmax(scores, history_mask)
        pooled = ops.einsum("bl,bld->bd", weights, history)
        return (pooled + ops.matmul(self._by_age(weights, place), encodings)) * asked

    def _place(self, start, history):
        """`[B, L]` int: which encoding, counted from 0, each behaviour has."""
        stored = ops.arange(ops.shape(history)[1], dtype=start.dtype)
        return ops.clip(stored[None] - start[:, None], 0, self.num_positions - 1)

    def _by_age(self, weights, place):
        """The weights `[B, L]` summed by encoding, `[B, num_positions]`."""
        rows = ops.arange(ops.shape(weights)[0], dtype=place.dtype)[:, None]
        places = ops.reshape(rows * self.num_positions + place, (-1,))
        count = ops.shape(weights)[0] * self.num_positions
        summed = ops.segment_sum(ops.reshape(weights, (-1,)), places, count)
        return ops.reshape(summed, (-1, self.num_positions))

    def get_config(self):
        return {**super().get_config(), "num_positions": self.num_positions}
