"""SDIM: attention by sampled hashes, where a shared signature is the weight."""

import keras

from diffumin_tf.layers.hash_pooling import HashPooling
from diffumin_tf.models.long_history_model import LongHistoryModel


@keras.saving.register_keras_serializable("diffumin_tf")
class SDIM(LongHistoryModel):
    """Pools the behaviours whose hash signatures collide with the target's.

    Args:
        embedding: A `FeatureEmbedding`.
        pooling: A `HashPooling`; None for the paper's.
        **kwargs: Arguments of `LongHistoryModel`.
    """

    def __init__(self, embedding, pooling=None, **kwargs):
        super().__init__(embedding, **kwargs)
        self.pooling = self._component(pooling, HashPooling)

    def build_interests(self, width):
        self.pooling.build((None, None, width))
        return width

    def read_history(self, batch, training):
        pooled = self.pooling(batch.history, batch.target, batch.mask, batch.user_index)
        return [pooled], {"long_term_interest": pooled}

    def get_config(self):
        return {**super().get_config(), **self._serialized("pooling")}
