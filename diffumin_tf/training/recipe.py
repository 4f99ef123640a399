"""What every command of a run needs: its data, and how its model is made."""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass

import keras

from diffumin_tf.data.click_data import ClickData
from diffumin_tf.layers.feature_embedding import FeatureEmbedding
from diffumin_tf.models.ctr_model import CTRModel

# No mixed_float16, whose small gradients would vanish without loss scaling.
_POLICIES = (None, "float32", "float64", "mixed_bfloat16")


@dataclass(frozen=True)
class Recipe:
    """Data, model and embedding table of a run.

    Attributes:
        data: The source of batches.
        make_model: Takes `embedding=`.
        make_embedding: Takes `num_rows=`.
        dtype_policy: Keras' name for the dtypes of model and table:
            `"mixed_bfloat16"` computes in bfloat16, while weights, moments and what
            must be precise stay float32; None for the policy in force.

    Raises:
        ValueError: if the policy is none of those that a model can be trained in.
    """

    data: ClickData
    make_model: Callable[..., CTRModel]
    make_embedding: Callable[..., FeatureEmbedding] = FeatureEmbedding
    dtype_policy: str | None = None

    def __post_init__(self):
        if self.dtype_policy not in _POLICIES:
            raise ValueError(
                f"dtype_policy must be one of {_POLICIES}. Received: "
                f"{self.dtype_policy!r}."
            )

    def build_model(self):
        """Returns a model for the data's features, with all of its variables."""
        return self.build(self.new_model())

    def new_model(self):
        """Returns a model for the data's features that has no variables yet."""
        with _policy(self.dtype_policy):
            embedding = self.make_embedding(num_rows=self.data.features.num_rows)
            return self.make_model(embedding=embedding)

    def build(self, model):
        """Makes the variables of a new model, the table first; returns the model."""
        features = self.data.features
        fields = len(features.history_fields)
        shapes = {
            "history": (None, self.data.sequence_length, fields),
            "target": (None, fields),
            "other": (None, len(features.other_fields)),
        }
        if features.dense_fields:
            shapes["dense"] = (None, len(features.dense_fields))
        model.build(shapes)
        return model


@contextmanager
def _policy(name):
    """The policy of what is made inside; a part that names its own keeps it."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name or before)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
