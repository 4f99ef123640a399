"""What the compared models share, so that only the long history tells them apart."""

import math

import keras
from keras import ops

from diffumin_tf.layers.composition import component
from diffumin_tf.layers.prediction_tower import PredictionTower
from diffumin_tf.layers.transformer_encoder import TransformerEncoder
from diffumin_tf.models.ctr_model import CTRModel


class LongHistoryModel(CTRModel):
    """Base of the models: short-term branch (equation 21) and tower (equation 22).

    A subclass defines `build_interests` and `read_history`, and `extra_losses` if it
    has any; it sets `reads_time` if it reads the batch's times.

    Args:
        embedding: A `FeatureEmbedding`.
        short_term_encoder: A `TransformerEncoder`; None for the paper's.
        tower: A `PredictionTower`; None for the paper's.
        short_term_length: k, the recent behaviours that the short-term branch reads.
        use_short_term: Whether there is the short-term branch (False: ablation E).
        use_other: Whether the tower sees e_other beside e_s (False: as the class that
            was released for the industrial data).
        num_projected_fields: How many fields of the target a dense layer joins to
            e_s, as the released code does for Ele.me: the first of `target` and
            `other` together. e_s then joins e_other. None: e_s is `target`.
        normalize_dense: Whether batch norm stands on the numbers, as there.
        **kwargs: Arguments of `CTRModel`.
    """

    # Memory of a training step that XLA compiled, rounded down, which a subclass
    # measures for itself: in tensors `[l, d]`, for each stored history and each row;
    # and in floats a behaviour of each row, whatever d.
    tensors_per_history = 1.0
    tensors_per_row = 0.0
    floats_per_row = 0.0

    def __init__(
        self,
        embedding,
        short_term_encoder=None,
        tower=None,
        short_term_length=100,
        use_short_term=True,
        use_other=True,
        num_projected_fields=None,
        normalize_dense=False,
        **kwargs,
    ):
        super().__init__(embedding, **kwargs)
        self.short_term_encoder = self._component(
            short_term_encoder, TransformerEncoder
        )
        self.tower = self._component(tower, PredictionTower)
        self.short_term_length = short_term_length
        self.use_short_term = use_short_term
        self.use_other = use_other
        self.num_projected_fields = num_projected_fields
        self.normalize_dense = normalize_dense

    def _component(self, value, default):
        return component(value, default, dtype=self.dtype_policy)

    def build_interests(self, width):
        """Builds what reads the long history.

        Args:
            width: d, the width of a behaviour and of the target.

        Returns:
            int, the width of what `read_history` gives to the tower.
        """
        raise NotImplementedError

    def read_history(self, batch, training):
        """The model's own part: what the tower learns of the long history.

        Args:
            batch: An `EmbeddedBatch`.
            training: Whether batch statistics and training noise are used.

        Returns:
            A list of `[B, ...]` tensors, which the tower sees flattened and in this
            order; and a dict of intermediates by name, for the extra losses and for
            `return_intermediates`.
        """
        raise NotImplementedError

    def build(self, input_shape):
        if not self.embedding.built:
            self.embedding.build()
        dim = self.embedding.embedding_dim
        width = input_shape["target"][-1] * dim
        self._check_length(input_shape["history"][1])
        other = width + dim * input_shape.get("other", (0,))[-1]
        if self.num_projected_fields is not None:
            self._build_target_projection(width, other)
            other += width
        numbers = input_shape.get("dense", (0,))[-1]
        if self.normalize_dense:
            self._build_dense_norm(numbers)
        self.build_on(width, other + numbers if self.use_other else width)

    def _build_target_projection(self, width, other_width):
        taken = self.num_projected_fields * self.embedding.embedding_dim
        if not 0 < taken <= other_width:
            fields = other_width // self.embedding.embedding_dim
            raise ValueError(
                "num_projected_fields must lie in 1..fields of target and other "
                f"({fields}); received {self.num_projected_fields}."
            )
        self.target_projection = keras.layers.Dense(
            width, dtype=self.dtype_policy, name="target_projection"
        )
        self.target_projection.build((None, taken))

    def _build_dense_norm(self, num_numbers):
        if not (num_numbers and self.use_other):
            raise ValueError(
                "normalize_dense needs data with dense fields and a tower that sees "
                f"them; received {num_numbers} such fields, use_other={self.use_other}."
            )
        self.dense_norm = keras.layers.BatchNormalization(
            momentum=0.99, epsilon=1e-3, dtype=self.dtype_policy, name="dense_norm"
        )
        self.dense_norm.build((None, num_numbers))

    def build_on(self, width, other_width):
        """Builds every part for behaviours of `width` d and e_other's width."""
        joined = self.build_interests(width) + other_width
        if self.normalize_dense:
            self._numbers_place = [joined - self.dense_norm.gamma.shape[0], joined]
        if self.use_short_term:
            self.build_short_term(width)
            joined += width
        self.tower.build((None, joined))
        self.built = True

    def build_short_term(self, width):
        """Builds the short-term branch, after the interests."""
        self.short_term_encoder.build((None, None, width))

    @property
    def least_length(self):
        short = self.short_term_length if self.use_short_term else 1
        return max(super().least_length, short)

    def _check_length(self, length):
        if length is not None and length < self.least_length:
            is_short = self.least_length == self.short_term_length
            name = "short_term_length" if is_short else "padded_length"
            raise ValueError(
                f"{name} must not exceed the histories' length; received "
                f"{name}={self.least_length}, histories of {length}."
            )

    @property
    def joined_outputs(self):
        return ["tower_input"]

    def read_rows(self, batch, training, **options):
        """Reads the long and the recent history of each row.

        Args:
            batch: An `EmbeddedBatch`.
            training: Whether batch statistics and training noise are used.
            **options: Further arguments of the model's `read_history`.

        Returns:
            A dict: `tower_input`, `short_term_interest` `[B, d]`, `user_key` and the
            intermediates of `read_history`.
        """
        parts, seen = self.read_history(batch, training, **options)
        joined = [_flat(part) for part in parts] + self._other(batch)
        if self.use_short_term:
            recent, mask = self.recent(batch, self.short_term_length)
            guidance = self.short_term_guidance(seen)
            encoded = self.short_term_encoder(
                recent, batch.target, mask, guidance=guidance
            )
            seen["short_term_interest"] = encoded
            joined.append(encoded)
        seen["user_key"] = batch.user_key
        seen["tower_input"] = ops.concatenate(joined, axis=-1)
        return seen

    def join_rows(self, rows, training):
        """The tower (equation 22): `logit` `[B]`, and `tower_input` as it saw it."""
        joined = rows["tower_input"]
        if self.normalize_dense:
            before, numbers, after = ops.split(joined, self._numbers_place, axis=-1)
            numbers = self.dense_norm(numbers, training=training)
            joined = ops.concatenate([before, numbers, after], axis=-1)
        return {"tower_input": joined, "logit": self.tower(joined, training=training)}

    def embed(self, inputs):
        batch = super().embed(inputs)
        if self.num_projected_fields is None:
            return batch
        taken = self.num_projected_fields * self.embedding.embedding_dim
        target = self.target_projection(batch.other[:, :taken])
        other = ops.concatenate([batch.other, target], axis=-1)
        return batch._replace(target=target, other=other)

    def _other(self, batch):
        """What the tower sees of the impression itself."""
        if not self.use_other:
            return [batch.target]
        return [batch.other] if batch.dense is None else [batch.other, batch.dense]

    def short_term_guidance(self, seen):
        """What an encoder with cross-attention attends to, `[B, d]`; None for nothing.

        `seen` is what `read_history` returned by name.
        """
        return None

    def recent(self, batch, count):
        """The most recent behaviours of each row.

        Args:
            batch: An `EmbeddedBatch`.
            count: int, k, how many.

        Returns:
            The behaviours, `[B, k, d]` float, and which of them exist, `[B, k]` bool.
        """
        place = ops.arange(count, dtype=batch.start.dtype)[None]
        stored = ops.shape(batch.history)[1]
        position = ops.minimum(batch.start[:, None] + place, stored - 1)
        return batch.behaviours(position), place < batch.length[:, None]

    def get_config(self):
        layers = ("short_term_encoder", "tower")
        return {
            **super().get_config(),
            **self._serialized(*layers),
            "short_term_length": self.short_term_length,
            "use_short_term": self.use_short_term,
            "use_other": self.use_other,
            "num_projected_fields": self.num_projected_fields,
            "normalize_dense": self.normalize_dense,
        }

    def _serialized(self, *names):
        """The named parts as `get_config` returns them."""
        return {
            name: keras.saving.serialize_keras_object(getattr(self, name))
            for name in names
        }


def _flat(part):
    return ops.reshape(part, (-1, math.prod(part.shape[1:])))
