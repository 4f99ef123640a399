"""CMIC: augmented interests held to their user's own (section 3.5)."""

import keras
from keras import ops

from diffumin_tf.layers.composition import precise_dtype

PROJECTIONS = ("mlp", "linear")


@keras.saving.register_keras_serializable("diffumin_tf")
class ContrastiveCalibrator(keras.layers.Layer):
    """InfoNCE between aggregated and augmented interests (equation 20).

    Args:
        temperature: τ.
        projection: `"mlp"` (d → 4d ReLU → d) or `"linear"` (d → d, no bias), one
            head for each side.
        exclude_same_user: Whether other rows of an anchor's own user are left out
            of its negatives; otherwise every row counts as another user.

    Raises:
        ValueError: if `temperature` is not positive or `projection` unknown.
    """

    def __init__(
        self, temperature=0.05, projection="mlp", exclude_same_user=True, **kwargs
    ):
        super().__init__(**kwargs)
        if temperature <= 0:
            raise ValueError(f"temperature must be positive; received {temperature}.")
        if projection not in PROJECTIONS:
            raise ValueError(
                f"projection must be one of {PROJECTIONS}; received {projection!r}."
            )
        self.temperature = temperature
        self.projection = projection
        self.exclude_same_user = exclude_same_user

    def build(self, interests_shape):
        width = interests_shape[-1]
        self.aggregated_head = self._head("aggregated_head", width)
        self.augmented_head = self._head("augmented_head", width)
        self.built = True

    def _head(self, name, width):
        options = {"dtype": self.dtype_policy}
        if self.projection == "linear":
            head = keras.layers.Dense(width, use_bias=False, name=name, **options)
        else:
            hidden = keras.layers.Dense(
                4 * width, activation="relu", name="hidden", **options
            )
            output = keras.layers.Dense(width, name="output", **options)
            head = keras.Sequential([hidden, output], name=name)
        head.build((None, None, width))
        return head

    def similarities(self, interests, augmented_interests):
        """`[c, B, B]`: cosine of row u's r_i and row v's r*_i, divided by τ."""
        # In float32 at least: in bfloat16 a cosine over τ is off by up to 0.08.
        precise = precise_dtype(self.compute_dtype)
        anchors = _unit(ops.cast(self.aggregated_head(interests), precise))
        positives = _unit(ops.cast(self.augmented_head(augmented_interests), precise))
        return ops.einsum("ucd,vcd->cuv", anchors, positives) / self.temperature

    def negatives_mask(self, user_key):
        """`[B, B]` bool: whether row v may stand in row u's denominator."""
        rows = ops.arange(ops.shape(user_key)[0])
        itself = rows[:, None] == rows[None, :]
        if not self.exclude_same_user:
            return ops.ones_like(itself)
        return ops.logical_or(itself, user_key[:, None] != user_key[None, :])

    def call(self, interests, augmented_interests, user_key):
        """L_cl.

        Args:
            interests: `[B, c, d]` float, r, normalised where that is on.
            augmented_interests: `[B, c, d]` float, r*.
            user_key: `[B]` int, equal for rows of one user.

        Returns:
            A scalar, the mean over channels and rows; a row without negatives
            contributes 0 and is counted.
        """
        return ops.mean(self.row_losses(interests, augmented_interests, user_key))

    def row_losses(self, interests, augmented_interests, user_key):
        """`[c, B]`: minus the log-probability of each anchor's own r*."""
        logits = self.similarities(interests, augmented_interests)
        masked = ops.where(self.negatives_mask(user_key), logits, -1e9)
        return ops.logsumexp(masked, axis=-1) - ops.diagonal(logits, axis1=1, axis2=2)

    def get_config(self):
        return {
            **super().get_config(),
            "temperature": self.temperature,
            "projection": self.projection,
            "exclude_same_user": self.exclude_same_user,
        }


def _unit(vectors):
    """Vectors of unit length; a zero vector stays zero, with a finite gradient."""
    square = ops.sum(ops.square(vectors), axis=-1, keepdims=True)
    return vectors * ops.rsqrt(ops.maximum(square, 1e-24))
