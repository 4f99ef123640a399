"""Tables beside a model's embedding table, with a row for each of the same ids.

As with that table, a step reads and moves a batch's rows alone, outside of the compiled
core; an id that is not admitted there reads as zero here too, and is not trained.
"""

import tensorflow as tf
from keras import ops

from diffumin_tf.models import row_admission
from diffumin_tf.training import replicas
from diffumin_tf.training.distinct_rows import DistinctRows
from diffumin_tf.training.sharded_table import table_rows


def gather_side(embedding, reads):
    """What the reads find.

    Args:
        embedding: The model's `FeatureEmbedding`, which knows who is admitted.
        reads: Pairs of a table, a `FeatureEmbedding` too, and rows of it `[R]` int.

    Returns:
        A list of `[R, dim]` float.
    """
    return [
        row_admission.withhold(embedding, rows, table_rows(table.table, rows))
        for table, rows in reads
    ]


def side_slices(embedding, reads, gradients, distinct):
    """The gradients of the reads, as an optimiser takes them.

    Args:
        embedding: As in `gather_side`.
        reads: As in `gather_side`.
        gradients: `[R, dim]` float for each read.
        distinct: The tensor of rows that are known to be distinct but for padding; in
            every other read rows may repeat.

    Returns:
        A list of pairs: `tf.IndexedSlices` and the variable that they move.
    """
    pairs = []
    for (table, rows), gradient in zip(reads, gradients, strict=True):
        kind = DistinctRows if rows is distinct else tf.IndexedSlices
        rows, gradient = row_admission.keep_admitted(embedding, rows, gradient)
        rows, gradient = replicas.sum_rows(rows, gradient)
        slices = kind(gradient, rows, tf.constant([*table.table.shape]))
        pairs.append((slices, table.table))
    return pairs


def side_lookup(embedding, table, ids):
    """Embeds ids that are rows of the table: `[..., F]` int to `[..., F · dim]`."""
    flat = ops.reshape(ids, (-1,))
    (found,) = gather_side(embedding, [(table, flat)])
    found = table.blank(ops.cast(found, table.compute_dtype), flat)
    return table.join(ops.reshape(found, (*ops.shape(ids), table.embedding_dim)))
