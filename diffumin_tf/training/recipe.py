"""What every command of a run needs: its data, and how its model is made."""

from collections.abc import Callable
from dataclasses import dataclass

from diffumin_tf.data.click_data import ClickData
from diffumin_tf.layers.feature_embedding import FeatureEmbedding
from diffumin_tf.models.ctr_model import CTRModel


@dataclass(frozen=True)
class Recipe:
    """Data, model and embedding table of a run.

    Attributes:
        data: The source of batches.
        make_model: Takes `embedding=`.
        make_embedding: Takes `num_rows=`.
    """

    data: ClickData
    make_model: Callable[..., CTRModel]
    make_embedding: Callable[..., FeatureEmbedding] = FeatureEmbedding

    def build_model(self):
        """Returns a model for the data's features, with all of its variables."""
        return self.build(self.new_model())

    def new_model(self):
        """Returns a model for the data's features that has no variables yet."""
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
