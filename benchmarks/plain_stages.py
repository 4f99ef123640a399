"""The stages of the straightforward formulation."""

import tensorflow as tf

from benchmarks.stage_inputs import ID_FEATURES, normal


class PlainStages:
    """As `OurStages`, of the straightforward formulation.

    Args:
        model: A built and compiled `Straightforward`.
        data: `StageInputs`.
    """

    def __init__(self, model, data):
        self.model, self.data = model, data
        self.encoder, self.tower = model.encoder, model.tower
        self.omie, self.generator = model.omie, model.generator
        self.calibrator, self.history = model.calibrator, data.tiled_history()
        self._ids = [data.tiled[name] for name in ID_FEATURES]

    def extract(self, history, target):
        """OMIE; the mask is made of the ids, as in the step."""
        mask = tf.reduce_any(self.data.tiled["history"] != 0, axis=-1)
        return self.omie(history, target, mask)

    def diffusion_loss(self, clean, channels):
        return self.generator.loss(clean, channels, self.data.noise)

    def lookup(self, jit, raw=True):
        """The layer at every position and the table's gradient as it comes.

        The gradients of equal ids are summed by the update, not here.

        Args:
            jit: Whether XLA compiles it.
            raw: Not read: there is one form.

        Returns:
            A callable without arguments.
        """
        width = self.data.target.shape[-1]
        upstream = [normal((*ids.shape[:-1], width), 8) for ids in self._ids]
        table = self.table().value

        @tf.function(jit_compile=jit)
        def run(ids, upstream):
            with tf.GradientTape() as tape:
                embedded = [self.model.lookup(one) for one in ids]
            slices = tape.gradient(embedded, table, upstream)
            return embedded, slices.values, slices.indices

        return lambda: run(self._ids, upstream)

    def table(self):
        return self.model.lookup.trainable_variables[0]

    def updated(self):
        """The rows that have a gradient, and whether XLA may update."""
        return tf.concat([tf.reshape(ids, [-1]) for ids in self._ids], axis=0), True

    def update(self, rows, values, *gradients):
        table = self.table()
        trained = [v for v in self.model.trainable_variables if v is not table]
        slices = tf.IndexedSlices(values, rows, dense_shape=table.shape)
        self.model.optimizer.apply([slices, *gradients], [table, *trained])
