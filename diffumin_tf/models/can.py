"""CAN: the co-action network, and CAN(S) on the recent behaviours alone."""

import keras

from diffumin_tf.layers.co_action import CoAction
from diffumin_tf.layers.feature_embedding import FeatureEmbedding
from diffumin_tf.models.co_action_lookup import CoActionLookup
from diffumin_tf.models.long_history_model import LongHistoryModel
from diffumin_tf.models.row_lookup import row_lookup
from diffumin_tf.models.side_tables import gather_side, side_lookup


@keras.saving.register_keras_serializable("diffumin_tf")
class CAN(LongHistoryModel):
    """Reads the history by small networks, each field by that of the target's id.

    Two tables of its own, as long as the embedding table, keep its ids apart from
    their embeddings: `inductions` holds what the networks read of a behaviour,
    `parameters` the networks' weights. A step reads the first for the batch's ids,
    the second, far wider one for its targets alone.

    Args:
        embedding: A `FeatureEmbedding`.
        co_action: A `CoAction`; None for the paper's.
        num_recent: The most recent behaviours that are read, which is CAN(S); None
            for the whole history.
        initializer: Initialiser of both tables; None for uniform draws in ±0.5, which
            an embedding's small ones would not do: they fade from layer to layer.
        scale: What both tables' values are multiplied by when read. An optimizer's
            rate that suits the embeddings can be too high for a network's weights.
        **kwargs: Arguments of `LongHistoryModel`.

    Raises:
        ValueError: if `num_recent` or `scale` is not positive.
    """

    # E itself is not read.
    tensors_per_history = 0.0

    def __init__(
        self,
        embedding,
        co_action=None,
        num_recent=None,
        initializer=None,
        scale=1.0,
        **kwargs,
    ):
        super().__init__(embedding, **kwargs)
        for name, value in (("num_recent", num_recent), ("scale", scale)):
            if value is not None and value <= 0:
                raise ValueError(f"{name} must be positive; received {value}.")
        self.co_action = self._component(co_action, CoAction)
        self.num_recent = num_recent
        if initializer is None:
            initializer = keras.initializers.RandomUniform(-0.5, 0.5)
        # As a description, of which each table makes one with a seed of its own.
        self.initializer = keras.initializers.serialize(
            keras.initializers.get(initializer)
        )
        self.scale = scale
        self.inductions = self._table("inductions", self.co_action.input_dim)
        self.parameters = self._table("parameters", self.co_action.num_parameters)

    def _table(self, name, width):
        return FeatureEmbedding(
            self.embedding.num_rows,
            width,
            embeddings_initializer=self.initializer,
            dtype=self.dtype_policy,
            name=name,
        )

    @property
    def tensors_per_row(self):
        """As in `LongHistoryModel`; not measured, but what backward cannot do without.

        That is each tanh's output, in tensors as wide as the fields' embeddings.
        """
        units = self.co_action.hidden_units[:-1]
        return self.co_action.num_orders * sum(units) / self.embedding.embedding_dim

    @property
    def side_tables(self):
        return [self.inductions, self.parameters]

    def side_rows(self, inputs):
        rows = inputs["rows"]
        return [rows, keras.ops.take(rows, keras.ops.reshape(inputs["target"], (-1,)))]

    def build_interests(self, width):
        for table in self.side_tables:
            table.build()
        num_fields = width // self.embedding.embedding_dim
        return num_fields * self.co_action.output_dim

    def lookup(self, inputs):
        embed, target = super().lookup(inputs), inputs["target"]
        if "rows" not in inputs:
            parameters = side_lookup(self.embedding, self.parameters, target)
            return CoActionLookup(embed, self._raw_inductions, self.scale * parameters)
        read = inputs.get("side_embeddings")
        if read is None:
            read = gather_side(self.embedding, self.side_reads(inputs))
        (rows, target_rows), (inductions, parameters) = self.side_rows(inputs), read
        parameters = keras.ops.cast(parameters, self.compute_dtype)
        parameters = self.scale * self.parameters.blank(parameters, target_rows)
        num_fields = target.shape[-1]
        parameters = keras.ops.reshape(
            parameters, (-1, num_fields * self.co_action.num_parameters)
        )
        inductions = row_lookup(self.inductions, rows, self.scale * inductions)
        return CoActionLookup(embed, inductions, parameters)

    def _raw_inductions(self, ids):
        return self.scale * side_lookup(self.embedding, self.inductions, ids)

    def read_history(self, batch, training):
        inductions = batch._replace(
            history=batch.lookup.inductions(batch.history_ids),
            lookup=batch.lookup.inductions,
        )
        history, mask, user_index = inductions.history, batch.mask, batch.user_index
        if self.num_recent is not None:
            history, mask = self.recent(inductions, self.num_recent)
            user_index = None
        read = self.co_action(history, batch.lookup.parameters, mask, user_index)
        return [read], {"long_term_interest": read}

    def get_config(self):
        return {
            **super().get_config(),
            **self._serialized("co_action"),
            "num_recent": self.num_recent,
            "initializer": self.initializer,
            "scale": self.scale,
        }
