"""TIN: attention and representation by what a behaviour was and how long ago."""

import keras

from diffumin_tf.layers.temporal_interest import TemporalInterest
from diffumin_tf.models.long_history_model import LongHistoryModel


@keras.saving.register_keras_serializable("diffumin_tf")
class TIN(LongHistoryModel):
    """Pools the history by target-aware attention in time.

    Args:
        embedding: A `FeatureEmbedding`.
        attention: A `TemporalInterest`; None for the default one.
        **kwargs: Arguments of `LongHistoryModel`.
    """

    def __init__(self, embedding, attention=None, **kwargs):
        super().__init__(embedding, **kwargs)
        self.attention = self._component(attention, TemporalInterest)

    def build_interests(self, width):
        self.attention.build((None, None, width))
        return width

    def read_history(self, batch, training):
        pooled = self.attention(
            batch.history, batch.target, batch.mask, batch.start, batch.user_index
        )
        return [pooled], {"long_term_interest": pooled}

    def get_config(self):
        return {**super().get_config(), **self._serialized("attention")}
