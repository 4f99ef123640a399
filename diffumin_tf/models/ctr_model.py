"""What every click model shares: embedding, the three-stage step, prediction."""

import keras
import tensorflow as tf
from keras import ops

from diffumin_tf.data.encoding import deduplicate_batch
from diffumin_tf.features import PADDING_ROW
from diffumin_tf.layers import row_noise
from diffumin_tf.layers.composition import component
from diffumin_tf.layers.feature_embedding import FeatureEmbedding
from diffumin_tf.models import row_admission
from diffumin_tf.models.embedded_batch import embed_batch, noise_keys, select_inputs
from diffumin_tf.models.row_lookup import row_lookup
from diffumin_tf.models.side_tables import gather_side, side_slices
from diffumin_tf.training import replicas
from diffumin_tf.training.distinct_rows import DistinctRows
from diffumin_tf.training.sharded_table import table_rows
from diffumin_tf.training.shared_mean import SharedMean
from diffumin_tf.training.step_core import StepCore


class CTRModel(keras.Model):
    """Base of the models.

    A subclass defines `read_rows`, `join_rows` and its extra losses.

    A batch is a dictionary of `history` `[U, L, F]`, `target` `[B, F]` and,
    optionally, `other` `[B, K]`, `dense` `[B, M]`, `history_length`,
    `history_start`, `user_index`, `user_key` and `noise_key` `[B]` each. The ids are
    rows of the embedding table, or positions in `rows` `[N]` once deduplicated; no row
    but padding may be there twice. Models that read time need `history_time` `[U, L]`
    and `impression_time` `[B]` too, in seconds.

    Args:
        embedding: A `FeatureEmbedding`.
        sample_rate: Share of the negatives that training kept; predictions are
            corrected for it.
        seed: Seed of the training noise.
        padded_length: l, up to which padding counts as behaviours, as in the released
            code; None for histories of their own length. Behind a window that is
            shorter its history must hold padding alone, as in the pipeline's batches.
        extra_loss_weights: The weight of each extra loss by its name; from the
            subclass.

    Raises:
        ValueError: if `sample_rate` is not in (0, 1] or `padded_length` below 1; when
            called, if a history has fewer positions than `padded_length`.
    """

    reads_time = False
    # `FeatureEmbedding`s beside the embedding table, with a row for each of its ids.
    side_tables = ()
    # What `join_rows` and the losses read of what `read_rows` returns, by name.
    joined_outputs = ()
    # Whether a served request says how many behaviours each of its history is.
    reads_sizes = False

    def __init__(
        self,
        embedding,
        sample_rate=1.0,
        seed=0,
        padded_length=None,
        extra_loss_weights=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if not 0 < sample_rate <= 1:
            raise ValueError(f"sample_rate must lie in (0, 1]; received {sample_rate}.")
        if padded_length is not None and padded_length < 1:
            raise ValueError(
                f"padded_length must be at least 1; received {padded_length}."
            )
        self.embedding = component(embedding, FeatureEmbedding)
        self.sample_rate = sample_rate
        self.seed = seed
        self.padded_length = padded_length
        self.jit_core = True
        self.extra_loss_weights = dict(extra_loss_weights or {})
        names = ("loss", "click_loss", *self.extra_loss_weights)
        self._trackers = {name: SharedMean(name=name) for name in names}

    @property
    def least_length(self):
        """int, the positions that a history must have, padding included."""
        return self.padded_length or 1

    def fix_inference_noise(self):
        """From now on the same row gets the same score; most models have no noise."""

    def predict_click(self, batch, training, **options):
        """Everything the model computes from an `EmbeddedBatch`, by name.

        Args:
            batch: The `EmbeddedBatch`.
            training: Whether batch statistics and training noise are used.
            **options: Further arguments of the model's `read_rows`.

        Returns:
            A dict with at least `logit` `[B]`; more for the extra losses.
        """
        rows = self.read_rows(batch, training, **options)
        return rows | self.join_rows(rows, training)

    def read_rows(self, batch, training):
        """What each row tells by itself, whatever the others of the batch are.

        Several devices have some of the rows each.

        Returns:
            A dict of tensors `[B, ...]`.
        """
        raise NotImplementedError

    def join_rows(self, rows, training):
        """What hangs on all rows of a batch, such as batch statistics do.

        Args:
            rows: `joined_outputs` of `read_rows`, perhaps of several devices; there
                may be more.
            training: Whether batch statistics are used.

        Returns:
            A dict with at least `logit` `[B]`.
        """
        raise NotImplementedError

    def side_rows(self, inputs):
        """The rows `[R]` int that a deduplicated batch reads of each side table."""
        return ()

    def side_reads(self, inputs):
        """Each side table with its rows."""
        return list(zip(self.side_tables, self.side_rows(inputs), strict=True))

    def extra_losses(self, outputs):
        """Unweighted losses beside the click loss, by name, from those outputs."""
        return {}

    def call(self, inputs, training=False, return_intermediates=False):
        """Scores a batch.

        Args:
            inputs: A batch, as the class describes it.
            training: Whether batch statistics and training noise are used.
            return_intermediates: Whether to return everything by name.

        Returns:
            The logit `[B]`; or a dict that holds it and the intermediates.
        """
        outputs = self.predict_click(self.embed(inputs), training)
        return outputs if return_intermediates else outputs["logit"]

    def embed(self, inputs):
        """The input layer (section 3.2): a batch of ids to an `EmbeddedBatch`."""
        lookup, positions = self.lookup(inputs), inputs["history"].shape[1]
        if positions is not None and positions < (self.padded_length or 0):
            raise ValueError(
                f"histories must have padded_length={self.padded_length} positions or "
                f"more; received {positions}."
            )
        return embed_batch(inputs, lookup, self.reads_time, self.padded_length)

    def lookup(self, inputs):
        """What embeds the ids of a batch: rows of the table, or positions in `rows`."""
        rows = inputs.get("rows")
        if rows is None:
            return self.embedding
        row_embeddings = inputs.get("row_embeddings")
        if row_embeddings is None:
            row_embeddings = self.gather(rows)
        return row_lookup(self.embedding, rows, row_embeddings)

    def gather(self, rows):
        """Embeddings of table rows, without a read of the whole table."""
        row_embeddings = table_rows(self.embedding.table, rows)
        return row_admission.withhold(self.embedding, rows, row_embeddings)

    def probability(self, logit):
        """Click probability, corrected for negative down-sampling."""
        probability = ops.sigmoid(logit)
        if self.sample_rate == 1.0:
            return probability
        return probability / (probability + (1 - probability) / self.sample_rate)

    def compile(self, optimizer, jit_core=True, metrics=None, **kwargs):
        """Configures training.

        Args:
            optimizer: A Keras optimizer; a lazy one of `diffumin_tf.training` keeps
                the cost of a step independent of the table's size.
            jit_core: Whether XLA compiles forward and backward.
            metrics: Keras metrics of the click probability.
            **kwargs: Further arguments of `keras.Model.compile`.
        """
        kwargs["jit_compile"] = False  # the table's lookups and updates stay outside
        super().compile(optimizer=optimizer, metrics=metrics, **kwargs)
        replicas.take_sums(self.optimizer)
        self.jit_core = jit_core

    def get_compile_config(self):
        if not self.compiled:
            return None
        optimizer = keras.saving.serialize_keras_object(self.optimizer)
        return {"optimizer": optimizer, "jit_core": self.jit_core}

    def compile_from_config(self, config):
        optimizer = keras.saving.deserialize_keras_object(config["optimizer"])
        self.compile(optimizer, jit_core=config["jit_core"])
        if self.built:
            self.optimizer.build(self.trainable_variables)

    def train_step(self, data):
        """One step: gather the rows, compiled forward and backward, update.

        Args:
            data: `(inputs, labels)` or `(inputs, labels, weights)`.

        Returns:
            The running mean of every loss and metric, by name.
        """
        inputs, labels, weights = self._unpack(data)
        if not self.built:  # Keras builds by the first call, which comes later here
            self.build({name: value.shape for name, value in inputs.items()})
        num_rows = tf.shape(labels)[0]
        first_row = replicas.first_row(num_rows)
        inputs["noise_key"] = row_noise.row_keys(
            self.seed, self.optimizer.iterations, num_rows, first_row
        )
        rows = inputs["rows"]
        row_admission.count_sightings(self.embedding, rows)
        reads = self.side_reads(inputs)
        gathered = self.gather(rows), gather_side(self.embedding, reads)
        core = StepCore(self, self.jit_core)
        found = core(gathered, inputs, labels, weights, first_row)
        replicas.update_all(
            lambda variable, value: variable.assign(value),
            self.core_variables()[1],
            found.moved,
        )
        row_gradients, side_gradients = found.gathered_gradients
        side = side_slices(self.embedding, reads, side_gradients, distinct=rows)
        self.update_weights(rows, row_gradients, *found.gradients, side=side)
        return self._track(found.losses, found.labels, found.logit, found.weights)

    def test_step(self, data):
        inputs, labels, weights = self._unpack(data)
        logit = self(inputs, training=False)
        losses = {"click_loss": click_loss(labels, logit, weights)}
        return self._track(losses, labels, logit, weights)

    def predict_step(self, data):
        """Click probabilities, `[B]`."""
        inputs, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        inputs = select_inputs(inputs, self.reads_time)
        return self.probability(self(inputs, training=False))

    def _unpack(self, data):
        inputs, labels, weights = keras.utils.unpack_x_y_sample_weight(data)
        inputs = select_inputs(inputs, self.reads_time)
        if "rows" not in inputs:
            inputs["noise_key"] = noise_keys(inputs)
            inputs = deduplicate_batch(inputs, self.embedding.num_rows)
        dtype = self.compute_dtype if self.compute_dtype == "float64" else "float32"
        labels = tf.reshape(tf.cast(labels, dtype), [-1])
        if weights is None:
            weights = tf.ones_like(labels)
        return inputs, labels, tf.reshape(tf.cast(weights, dtype), [-1])

    def core_variables(self):
        """Variables of the compiled core: trained ones, then the rest.

        What is as long as the table stays outside: it would be copied in and out.
        """
        sightings = self.embedding.sightings
        tables = {id(layer.table) for layer in (self.embedding, *self.side_tables)}
        trained = [v for v in self.trainable_variables if id(v) not in tables]
        return trained, [v for v in self.non_trainable_variables if v is not sightings]

    def compute_losses(self, outputs, labels, weights):
        """The click loss, the extra losses and their weighted sum (equation 24)."""
        losses = {"click_loss": click_loss(labels, outputs["logit"], weights)}
        losses |= self.extra_losses(outputs)
        total = losses["click_loss"]
        for name, weight in self.extra_loss_weights.items():
            total = total + weight * ops.cast(losses[name], total.dtype)
        return {"loss": total, **losses}

    def update_weights(self, rows, row_gradients, *gradients, side=()):
        """Moves the weights by their gradients.

        Args:
            rows: `[N]` int, distinct rows of the table, filled up with padding.
            row_gradients: `[N, embedding_dim]` float.
            *gradients: Those of all other trained weights.
            side: Those of side tables, in pairs as `side_slices` makes them.
        """
        table = self.embedding.table
        if not replicas.fixes_shapes():
            # The padding that fills the end, up to half of the rows, need not move.
            places = tf.range(1, tf.size(rows) + 1)
            used = tf.reduce_max(tf.where(rows != PADDING_ROW, places, 0))
            rows, row_gradients = rows[:used], row_gradients[:used]
        rows, row_gradients = row_admission.keep_admitted(
            self.embedding, rows, row_gradients
        )
        rows, row_gradients = replicas.sum_rows(rows, row_gradients)
        slices = DistinctRows(row_gradients, rows, tf.constant([*table.shape]))
        pairs = [(slices, table), *side]
        sums = replicas.sum_all(gradients)
        pairs += zip(sums, self.core_variables()[0], strict=True)
        self.optimizer.apply(*map(list, zip(*pairs, strict=True)))

    def _track(self, losses, labels, logit, weights):
        for name, value in losses.items():
            self._trackers[name].update_state(value)
        probability = self.probability(logit)
        results = self.compute_metrics(None, labels, probability, weights)
        return {**results, **{n: self._trackers[n].result() for n in losses}}

    def get_config(self):
        return {
            **super().get_config(),
            "embedding": keras.saving.serialize_keras_object(self.embedding),
            "sample_rate": self.sample_rate,
            "seed": self.seed,
            "padded_length": self.padded_length,
        }


def click_loss(labels, logit, weights):
    """Weighted mean binary cross-entropy on the raw logit (equation 23)."""
    logit = ops.cast(logit, labels.dtype)
    losses = ops.softplus(logit) - labels * logit
    return ops.sum(losses * weights) / ops.sum(weights)
