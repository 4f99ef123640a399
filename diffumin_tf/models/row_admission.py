"""Which rows of the table have been seen often enough to have an embedding.

All that is read or written is as long as a batch's rows, never as the table. Nothing
is computed for a `FeatureEmbedding` without an admission count.
"""

import tensorflow as tf

from diffumin_tf.features import PADDING_ROW
from diffumin_tf.training import replicas


def count_sightings(embedding, rows):
    """Notes that a training step holds these rows.

    Args:
        embedding: A built `FeatureEmbedding`.
        rows: `[N]` int, distinct rows of the table, filled up with padding; of several
            devices each has its own.
    """
    if not embedding.admission_count:
        return
    if replicas.count() > 1:
        rows, _ = tf.unique(replicas.gather_rows({"rows": rows})["rows"])
    # Padding fills a batch by the thousand: its count would run over.
    seen = tf.cast(rows != PADDING_ROW, tf.int32)
    replicas.update_all(
        lambda sightings, rows_seen: sightings.scatter_add(rows_seen),
        [embedding.sightings],
        [tf.IndexedSlices(seen, rows)],
    )


def withhold(embedding, rows, row_embeddings):
    """`[N, dim]`: the embeddings of rows `[N]`, zero where a row is not admitted."""
    if not embedding.admission_count:
        return row_embeddings
    admitted = _admitted(embedding, rows)[:, tf.newaxis]
    return tf.where(admitted, row_embeddings, tf.zeros_like(row_embeddings))


def keep_admitted(embedding, rows, row_gradients):
    """Those rows `[R]` of `[N]` that are admitted, and their gradients `[R, dim]`.

    The others are dropped, so that an optimiser cannot touch what it keeps of them.
    """
    if not embedding.admission_count:
        return rows, row_gradients
    kept = tf.where(_admitted(embedding, rows))[:, 0]
    return tf.gather(rows, kept), tf.gather(row_gradients, kept)


def _admitted(embedding, rows):
    sightings = tf.gather(embedding.sightings.value, rows)
    return embedding.admitted(rows, sightings)
