"""The parts of the straightforward formulation, all but the diffusion.

Keras' own layers and calls, in the order of the paper's equations. Independent of
`diffumin_tf.layers` except for Dice, which Keras does not have.
"""

import math

import keras
from keras import ops

from diffumin_tf.layers import Dice


def unit(vectors, epsilon):
    """Vectors of unit length; zero stays zero, where `ops.normalize` has no gradient.

    Args:
        vectors: `[..., d]` float.
        epsilon: The smallest square norm that is divided by.
    """
    square = ops.sum(ops.square(vectors), axis=-1, keepdims=True)
    return vectors * ops.rsqrt(ops.maximum(square, epsilon))


class PlainLookup(keras.layers.Layer):
    """The uniform embedding table, read at every position.

    Args:
        num_rows: Rows of the table; row 0 is padding.
        embedding_dim: Width of one feature's embedding.
    """

    def __init__(self, num_rows, embedding_dim=8, **kwargs):
        super().__init__(**kwargs)
        self.embedding_dim = embedding_dim
        self.table = keras.layers.Embedding(num_rows, embedding_dim)

    def build(self, ids_shape=None):
        self.table.build()
        self.built = True

    def call(self, ids):
        """Embeds `[..., F]` int as `[..., F · embedding_dim]`; padding as zero."""
        embedded = self.table(ids)
        embedded = embedded * ops.cast(ids != 0, embedded.dtype)[..., None]
        width = ids.shape[-1] * self.embedding_dim
        return ops.reshape(embedded, (*ops.shape(ids)[:-1], width))


class PlainOMIE(keras.layers.Layer):
    """Orthogonal channels, routing, filtering and mean (equations 2 to 8).

    Args:
        num_channels: c.
        top_share: p as a fraction.
    """

    def __init__(self, num_channels=4, top_share=0.2, **kwargs):
        super().__init__(**kwargs)
        self.num_channels = num_channels
        self.top_share = top_share

    def build(self, history_shape, target_shape=None, history_mask_shape=None):
        width = history_shape[-1]
        self.projection = keras.layers.EinsumDense(
            "ba,acd->bcd", output_shape=(self.num_channels, width)
        )
        self.projection.build((None, width))
        self.built = True

    def channels(self, target):
        """O: `[B, d]` to `[B, c, d]`, the columns of Q with a positive diagonal of R.

        The library's gradient is not finite for a zero target.
        """
        q, r = ops.qr(ops.swapaxes(self.projection(target), 1, 2))
        negative = ops.diagonal(r, axis1=1, axis2=2)[..., None] < 0
        vectors = ops.swapaxes(q, 1, 2)
        return ops.where(negative, -vectors, vectors)

    def select(self, scores, history_mask):
        """Γ, `[B, l, c]` float, of the scores A `[B, l, c]` and the mask `[B, l]`."""
        routed = ops.one_hot(ops.argmax(scores, axis=-1), self.num_channels) > 0
        kept = ops.logical_and(routed, self._top_share(scores, history_mask))
        kept = ops.logical_and(kept, history_mask[..., None])
        return ops.cast(kept, scores.dtype)

    def _top_share(self, scores, history_mask):
        """Whether a score is among its column's best p %, ties to the more recent."""
        columns = ops.where(history_mask[..., None], scores, -math.inf)
        columns = ops.swapaxes(columns, 1, 2)
        length = scores.shape[1]
        largest, place = ops.top_k(columns, math.ceil(self.top_share * length - 1e-9))
        last = self._num_kept(history_mask)[:, None, None] - 1
        last = ops.broadcast_to(last, (*ops.shape(largest)[:-1], 1))
        threshold = ops.take_along_axis(largest, last, axis=-1)
        # Equal scores come out in the order of their positions.
        last_place = ops.take_along_axis(place, last, axis=-1)
        tied = ops.logical_and(
            columns == threshold, ops.arange(length, dtype=place.dtype) <= last_place
        )
        return ops.swapaxes(ops.logical_or(columns > threshold, tied), 1, 2)

    def _num_kept(self, history_mask):
        """`[B]` int: ceil(p · n), in float64 since float32 rounds 0.2 · 35 up."""
        valid = ops.sum(ops.cast(history_mask, "float64"), axis=1)
        share = ops.ceil(self.top_share * valid - 1e-9)
        return ops.cast(ops.maximum(share, 1), "int32")

    def call(self, history, target, history_mask):
        """Extracts the interests.

        Args:
            history: `[B, l, d]` float, E, most recent behaviour first.
            target: `[B, d]` float, e_s.
            history_mask: `[B, l]` bool, False at padding.

        Returns:
            The channels O and the interests r, `[B, c, d]` float each.
        """
        channels = self.channels(target)
        scores = ops.einsum("bld,bcd->blc", history, channels)
        kept = self.select(scores, history_mask)
        count = ops.maximum(ops.sum(kept, axis=1), 1)
        interests = ops.einsum("blc,bld->bcd", kept, history) / count[..., None]
        return channels, interests


class PlainCMIC(keras.layers.Layer):
    """InfoNCE between interests and augmented interests (equation 20).

    Args:
        temperature: τ.
    """

    def __init__(self, temperature=0.05, **kwargs):
        super().__init__(**kwargs)
        self.temperature = temperature

    def build(self, clean_shape, augmented_shape=None, user_key_shape=None):
        self.clean_head = self._head(clean_shape[-1])
        self.augmented_head = self._head(clean_shape[-1])
        self.built = True

    def _head(self, width):
        hidden = keras.layers.Dense(4 * width, activation="relu")
        head = keras.Sequential([hidden, keras.layers.Dense(width)])
        head.build((None, None, width))
        return head

    def call(self, clean, augmented, user_key):
        """L_cl, a scalar.

        Args:
            clean: `[B, c, d]` float, the normalised interests.
            augmented: `[B, c, d]` float, r*.
            user_key: `[B]` int, equal for rows of one user, which are not negatives
                of each other.
        """
        anchors = unit(self.clean_head(clean), 1e-24)
        positives = unit(self.augmented_head(augmented), 1e-24)
        logits = ops.einsum("ucd,vcd->cuv", anchors, positives) / self.temperature
        rows = ops.arange(ops.shape(user_key)[0])
        other_user = user_key[:, None] != user_key[None, :]
        compared = ops.logical_or(other_user, rows[:, None] == rows[None, :])
        logits = ops.where(compared, logits, -1e9)
        own = ops.broadcast_to(rows, ops.shape(logits)[:2])
        return ops.mean(
            ops.sparse_categorical_crossentropy(own, logits, from_logits=True)
        )


class PlainTower(keras.layers.Layer):
    """The prediction layer (equation 22): dense, batch norm, Dice; then the logit.

    Args:
        hidden_units: Widths of the hidden layers.
    """

    def __init__(self, hidden_units=(1024, 512, 256), **kwargs):
        super().__init__(**kwargs)
        self.stages = []
        for units in hidden_units:
            normalise = keras.layers.BatchNormalization(momentum=0.99, epsilon=1e-3)
            self.stages.append([keras.layers.Dense(units), normalise, Dice()])
        self.logit = keras.layers.Dense(1)

    def build(self, input_shape):
        width = input_shape[-1]
        for dense, *others in self.stages:
            dense.build((None, width))
            width = dense.units
            for layer in others:
                layer.build((None, width))
        self.logit.build((None, width))
        self.built = True

    def call(self, inputs, training=False):
        """Maps `[B, width]` float to the logit, `[B]`."""
        x = inputs
        for dense, normalise, activate in self.stages:
            x = normalise(dense(x), training=training)
            x = activate(x, training=training)
        return self.logit(x)[:, 0]
