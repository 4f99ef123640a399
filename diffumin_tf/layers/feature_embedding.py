"""The input layer: one embedding table for every feature (section 3.2)."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("diffumin_tf")
class FeatureEmbedding(keras.layers.Layer):
    """Looks ids up in the uniform embedding table and joins the fields.

    Row 0 is padding: its embedding is zero and is never trained, unless said.

    With an admission count an id that has been seen less often reads as zero and is
    not trained. It is seen once in a training step whose batch holds it, however often
    it is there: so a history that several rows share counts like its copies. The
    weight `sightings` `[num_rows]` keeps these counts; `CTRModel.train_step` adds to it
    before it looks ids up, and nothing else does.

    Args:
        num_rows: Rows of the table, all fields together, padding included.
        embedding_dim: Width of one feature's embedding.
        embeddings_initializer: Initialiser of the table.
        trains_padding: Whether row 0 is a row like the others, as in the released
            code.
        admission_count: Training steps that must hold an id before it has an
            embedding, the one that gives it included; 0 to keep no counts.

    Raises:
        ValueError: if a size is below its minimum.
    """

    def __init__(
        self,
        num_rows,
        embedding_dim=8,
        embeddings_initializer="uniform",
        trains_padding=False,
        admission_count=0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if num_rows < 2:
            raise ValueError(
                f"num_rows must be at least 2, padding and one id; received {num_rows}."
            )
        if embedding_dim < 1:
            raise ValueError(
                f"embedding_dim must be positive; received {embedding_dim}."
            )
        if admission_count < 0:
            raise ValueError(
                f"admission_count must not be negative; received {admission_count}."
            )
        self.num_rows = num_rows
        self.embedding_dim = embedding_dim
        self.embeddings_initializer = keras.initializers.get(embeddings_initializer)
        self.trains_padding = trains_padding
        self.admission_count = admission_count
        self.sightings = None

    def build(self, input_shape=None):
        self.table = self.add_weight(
            shape=(self.num_rows, self.embedding_dim),
            initializer=self.embeddings_initializer,
            autocast=False,  # Rows are cast once they are read, not all of them.
            name="table",
        )
        if self.admission_count:
            self.sightings = self.add_weight(
                shape=(self.num_rows,),
                initializer="zeros",
                dtype="int32",
                trainable=False,
                name="sightings",
            )
        self.built = True

    def call(self, ids):
        """Embeds `[..., F]` int rows of the table as `[..., F · embedding_dim]`."""
        embedded = self.blank(ops.cast(self.take(ids), self.compute_dtype), ids)
        if self.admission_count:
            admitted = self.admitted(ids, ops.take(self.sightings, ids, axis=0))
            embedded = ops.where(admitted[..., None], embedded, 0)
        return self.join(embedded)

    def take(self, ids):
        """What the table holds for ids `[...]`, `[..., embedding_dim]`."""
        return ops.take(self.table, ids, axis=0)

    def blank(self, embedded, ids):
        """`[..., embedding_dim]`, with zeros where the id `[...]` is padding."""
        if self.trains_padding:
            return embedded
        return embedded * ops.cast(ids != 0, embedded.dtype)[..., None]

    def admitted(self, ids, sightings):
        """Which ids `[...]`, seen that often, have an embedding; padding always has."""
        return ops.logical_or(sightings >= self.admission_count, ops.equal(ids, 0))

    def join(self, embedded):
        """`[..., F, embedding_dim]` with the fields side by side."""
        *before, num_fields, dim = ops.shape(embedded)
        return ops.reshape(embedded, (*before, num_fields * dim))

    def get_config(self):
        return {
            **super().get_config(),
            "num_rows": self.num_rows,
            "embedding_dim": self.embedding_dim,
            "embeddings_initializer": keras.initializers.serialize(
                self.embeddings_initializer
            ),
            "trains_padding": self.trains_padding,
            "admission_count": self.admission_count,
        }
