"""The gradient of table rows that are already known to be distinct."""

import tensorflow as tf


class DistinctRows(tf.IndexedSlices):
    """A `tf.IndexedSlices` whose maker promises that no row moves twice.

    The lazy optimisers take its rows as they are. Whatever makes new slices of it, as
    clipping or a sum over devices does, returns the plain kind, without the promise:
    there equal rows are looked for and summed again.

    Args:
        values: `[R, dim]` gradients.
        indices: `[R]` rows. Only a row whose gradients are all zero and that has never
            had another one, as padding, may be there more than once.
        dense_shape: Shape of the table.
    """
