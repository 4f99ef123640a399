"""ETA: attention to the behaviours whose hashes are closest to the target's."""

import keras

from diffumin_tf.layers.hash_search import HashSearch
from diffumin_tf.layers.target_attention import TargetAttention
from diffumin_tf.models.long_history_model import LongHistoryModel


@keras.saving.register_keras_serializable("diffumin_tf")
class ETA(LongHistoryModel):
    """End-to-end target attention over a history searched by locality-sensitive hashes.

    The hashes are those of the embeddings as they are trained, so that the search
    follows them.

    Args:
        embedding: A `FeatureEmbedding`.
        search: A `HashSearch`; None for the default one.
        attention: A `TargetAttention`; None for the default one.
        **kwargs: Arguments of `LongHistoryModel`.
    """

    def __init__(self, embedding, search=None, attention=None, **kwargs):
        super().__init__(embedding, **kwargs)
        self.search = self._component(search, HashSearch)
        self.attention = self._component(attention, TargetAttention)

    def build_interests(self, width):
        self.search.build((None, None, width))
        self.attention.build((None, None, width), (None, width))
        return width

    def read_history(self, batch, training):
        positions, chosen = self.search(
            batch.history, batch.target, batch.mask, batch.user_index
        )
        behaviours = batch.behaviours(positions)
        interest = self.attention(behaviours, batch.target, chosen)
        seen = {"positions": positions, "chosen": chosen}
        return [interest], {"long_term_interest": interest, **seen}

    def get_config(self):
        return {**super().get_config(), **self._serialized("search", "attention")}
