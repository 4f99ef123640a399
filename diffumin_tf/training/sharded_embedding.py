"""The embedding table in parts, for a table that no machine can hold."""

import keras
from keras import ops

from diffumin_tf.layers.feature_embedding import FeatureEmbedding
from diffumin_tf.training.sharded_table import ShardedTable, table_rows


@keras.saving.register_keras_serializable("diffumin_tf")
class ShardedEmbedding(FeatureEmbedding):
    """A `FeatureEmbedding` whose table is a `ShardedTable`.

    Args:
        *args: Those of `FeatureEmbedding`.
        num_shards: Parts of the table: a multiple of the parameter servers, so that
            each has as many, and enough for a part's first values, which are made three
            times over, to be small.
        **kwargs: Those of `FeatureEmbedding`.

    Raises:
        ValueError: if there is an admission count, whose counts are not sharded.
    """

    def __init__(self, *args, num_shards=2, **kwargs):
        super().__init__(*args, **kwargs)
        if self.admission_count:
            raise ValueError(
                "a sharded table must have no admission count. Received: "
                f"admission_count={self.admission_count}."
            )
        self.num_shards = num_shards

    def build(self, input_shape=None):
        self.table = ShardedTable(
            self.embeddings_initializer,
            (self.num_rows, self.embedding_dim),
            self.num_shards,
            dtype=self.variable_dtype,
            autocast=False,
            name="table",
        )
        self.built = True

    def take(self, ids):
        rows = table_rows(self.table, ops.reshape(ids, (-1,)))
        return ops.reshape(rows, (*ops.shape(ids), self.embedding_dim))

    def get_config(self):
        return {**super().get_config(), "num_shards": self.num_shards}


def sharded_embedding(num_rows, make_embedding=FeatureEmbedding, num_shards=2):
    """A `ShardedEmbedding` with the settings of an embedding that is not sharded.

    So a gin file that shards the table keeps what it binds of the table.

    Args:
        num_rows: Rows of the table.
        make_embedding: What makes that embedding; takes `num_rows=`.
        num_shards: As `ShardedEmbedding` takes it.
    """
    config = make_embedding(num_rows=num_rows).get_config()
    return ShardedEmbedding.from_config({**config, "num_shards": num_shards})
