"""Embeddings of a deduplicated batch: positions among its rows to vectors."""

import tensorflow as tf


def row_lookup(embedding, rows, row_embeddings):
    """What embeds positions in the distinct rows of a batch.

    Args:
        embedding: The `FeatureEmbedding`.
        rows: `[N]` int, distinct rows of the table.
        row_embeddings: `[N, embedding_dim]` float, what the table holds there.

    Returns:
        A callable: `[..., F]` int positions to `[..., F · embedding_dim]` of the
        embedding's compute dtype.
    """
    # Not `ops.take`, which looks for negative positions: a fifth of the lookup.
    row_embeddings = embedding.blank(row_embeddings, rows)
    gather = _gather_as(embedding.compute_dtype)
    return lambda positions: embedding.join(gather(row_embeddings, positions))


def _gather_as(dtype):
    """`tf.gather`, cast, with a dense gradient.

    The sparse ones of several lookups would be joined before they are summed, which
    copies the gradient of every behaviour. The sum is of the table's own dtype: in
    bfloat16 what a behaviour adds to thousands of others would be lost.
    """

    @tf.custom_gradient
    def gather(values, positions):
        def gradient(upstream):
            flat = tf.cast(tf.reshape(upstream, [-1, values.shape[-1]]), values.dtype)
            places, num_rows = tf.reshape(positions, [-1]), tf.shape(values)[0]
            return tf.math.unsorted_segment_sum(flat, places, num_rows), None

        return tf.gather(tf.cast(values, dtype), positions), gradient

    return gather
