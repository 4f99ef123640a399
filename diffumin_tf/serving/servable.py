"""A model under the signatures by which it is served."""

import keras
import tensorflow as tf

from diffumin_tf.models.embedded_batch import select_inputs
from diffumin_tf.serving.example_signature import EXAMPLES, parse_examples
from diffumin_tf.serving.request_checks import one_user
from diffumin_tf.serving.request_encoder import RequestEncoder
from diffumin_tf.serving.request_inputs import RequestInputs

ROWS, RANK, EXAMPLE_ROWS = "serving_default", "rank", "serve_examples"
INTERESTS, ENCODE_USER, RANK_ENCODED = "interests", "encode_user", "rank_encoded"
SCORE = "click_probability"
_OF_FIELDS = ("history", "target", "other", "dense")
_INTERESTS = (
    "channels",
    "interests",
    "augmented_interests",
    "long_term_interest",
    "short_term_interest",
)


class Servable:
    """Raw ids in, click probabilities out.

    Args:
        model: A built `CTRModel`.
        features: The `FeatureSpec` of the raw ids.
        sequence_length: Most behaviours the model reads.
        jit_compile: Whether XLA compiles the model, once for each number of rows. TF
            Serving answers with an error unless it is told to allow that.
    """

    def __init__(self, model, features, sequence_length, jit_compile=False):
        self.model = model
        self.inputs = RequestInputs.of(model, features)
        self.encoder = RequestEncoder(
            self.inputs, sequence_length, model.least_length, fixed_sizes=jit_compile
        )
        self._jit_compile = jit_compile
        self._traced = None

    def score(self, raw):
        """Scores rows: `[B]`."""
        return self._score(self.encoder.batch(raw))

    def rank(self, raw):
        """Scores the candidates of one user: `[N]`."""
        return self.score(one_user(raw))

    def rank_encoded(self, raw):
        """The same for a user that `encode_user` encoded."""
        return self._score(self.encoder.encoded_batch(one_user(raw)))

    def score_examples(self, examples):
        """Scores serialized examples, a row each."""
        return self.score(parse_examples(examples, self.inputs.rows()))

    def encode_user(self, raw):
        """Encodes `RequestInputs.user`."""
        return self.encoder.encode_user(raw)

    def interests(self, raw):
        """What the model makes of each row's history, `[B, c, d]` or `[B, d]`.

        DiffuMIN has `channels`, `interests` and `augmented_interests`; the other
        models a `long_term_interest`.
        """
        outputs = self._outputs(self.encoder.batch(raw))
        return {name: outputs[name] for name in _INTERESTS if name in outputs}

    def signatures(self):
        """Name to the function and the `tf.TensorSpec`s that it takes."""
        inputs = self.inputs
        encoded = self.encoder.encoded_inputs() | inputs.candidates()
        return {
            ROWS: (self.score, inputs.rows()),
            RANK: (self.rank, inputs.rows()),
            EXAMPLE_ROWS: (self.score_examples, EXAMPLES),
            INTERESTS: (self.interests, inputs.rows()),
            ENCODE_USER: (self.encode_user, inputs.user()),
            RANK_ENCODED: (self.rank_encoded, encoded),
        }

    def save(self, path):
        """Writes a SavedModel at `path`, a directory."""
        archive = keras.export.ExportArchive()
        archive.track(self.model)
        archive.track(self.encoder)
        for name, (function, inputs) in self.signatures().items():
            archive.add_endpoint(name, function, input_signature=[inputs])
        archive.write_out(str(path), verbose=False)

    def _score(self, batch):
        return {SCORE: self._outputs(batch)[SCORE]}

    def _outputs(self, batch):
        """What the model computes, by a graph traced once for all signatures."""
        if self._traced is None:
            specs = {name: _of_any_size(name, value) for name, value in batch.items()}
            self._traced = tf.function(
                self._compute, input_signature=[specs], jit_compile=self._jit_compile
            )
        return self._traced(batch)

    def _compute(self, batch):
        inputs = select_inputs(batch, self.model.reads_time)
        outputs = self.model(inputs, return_intermediates=True)
        found = {name: outputs[name] for name in _INTERESTS if name in outputs}
        return found | {SCORE: self.model.probability(outputs["logit"])}


def _of_any_size(name, value):
    """The tensor's spec, of which only a number of fields is fixed."""
    shape = [None] * value.shape.rank
    if name in _OF_FIELDS:
        shape[-1] = value.shape[-1]
    return tf.TensorSpec(shape, value.dtype, name)
