"""Our stages, as the compiled core of a training step has them."""

import tensorflow as tf

from benchmarks.stage_inputs import ID_FEATURES, normal
from diffumin_tf.data.encoding import deduplicate_batch
from diffumin_tf.models.embedded_batch import history_window


class OurStages:
    """Functions of float inputs, their inputs and the layers behind them.

    Args:
        model: A built and compiled `DiffuMIN`.
        data: `StageInputs`.
    """

    def __init__(self, model, data):
        self.model, self.data = model, data
        self.encoder, self.tower = model.short_term_encoder, model.tower
        self.omie, self.generator = model.omie, model.generator
        self.calibrator, self.history = model.calibrator, data.history

    def extract(self, history, target):
        """OMIE; the mask is made of the windows, as in the step."""
        mask = history_window(self.data.raw)[2]
        return self.omie(history, target, mask, self.data.raw.get("user_index"))

    def diffusion_loss(self, clean, channels):
        return self.generator.loss(clean, channels, self.data.noise)

    def lookup(self, jit, raw=True):
        """Distinct rows, their gather, the features and the rows' gradients.

        Args:
            jit: Whether XLA compiles what it can.
            raw: Whether the batch comes as raw ids, or deduplicated already.

        Returns:
            A callable without arguments.
        """
        given = self.data.raw if raw else self.data.deduplicated
        given = {name: given[name] for name in (*ID_FEATURES, "rows") if name in given}
        width = self.data.target.shape[-1]
        shapes = [(*given[name].shape[:-1], width) for name in ID_FEATURES]
        upstream = [normal(shape, 8) for shape in shapes]

        @tf.function(jit_compile=jit)
        def embed(row_embeddings, rows, ids, upstream):
            with tf.GradientTape() as tape:
                tape.watch(row_embeddings)
                given = {"rows": rows, "row_embeddings": row_embeddings}
                embedded = list(map(self.model.lookup(given), ids))
            return embedded, tape.gradient(embedded, row_embeddings, upstream)

        num_rows = self.model.embedding.num_rows

        @tf.function
        def run(given, upstream):
            given = deduplicate_batch(given, num_rows) if raw else given
            ids, rows = [given[name] for name in ID_FEATURES], given["rows"]
            return embed(self.model.gather(rows), rows, ids, upstream)

        return lambda: run(given, upstream)

    def table(self):
        return self.model.embedding.table

    def updated(self):
        """The rows that have a gradient, and whether XLA may update."""
        return self.data.deduplicated["rows"], False

    def update(self, rows, values, *gradients):
        self.model.update_weights(rows, values, *gradients)
