"""TWIN: a search in the whole history by the scores of the attention that follows."""

import keras

from diffumin_tf.layers.gather_behaviours import gather_behaviours
from diffumin_tf.layers.time_gap_embedding import TimeGapEmbedding
from diffumin_tf.layers.twin_attention import TWINAttention
from diffumin_tf.models.long_history_model import LongHistoryModel


@keras.saving.register_keras_serializable("diffumin_tf")
class TWIN(LongHistoryModel):
    """Attends to the behaviours that its own attention ranks first.

    The inherent features of a behaviour are its embedding, its cross feature with
    the user is how long ago it was.

    Args:
        embedding: A `FeatureEmbedding`.
        attention: A `TWINAttention`; None for the paper's.
        time_gap: A `TimeGapEmbedding`; None for the default one.
        **kwargs: Arguments of `LongHistoryModel`.
    """

    reads_time = True
    # Measured at B = 64 to 256, l = 5000: with a history a row 2.2 tensors `[B, l, d]`
    # at d = 24 and 1.7 at d = 96; with one for eight rows 1.8 at d = 24.
    tensors_per_history = 0.4
    tensors_per_row = 1.2

    def __init__(self, embedding, attention=None, time_gap=None, **kwargs):
        super().__init__(embedding, **kwargs)
        self.attention = self._component(attention, TWINAttention)
        self.time_gap = self._component(time_gap, TimeGapEmbedding)

    def build_interests(self, width):
        self.time_gap.build()
        self.attention.build(
            (None, None, width), (None, None, self.time_gap.embedding_dim)
        )
        return width

    def read_history(self, batch, training):
        gaps = self.time_gap(
            batch.history_time, batch.impression_time, batch.user_index
        )
        positions, chosen = self.attention.search(
            batch.history,
            batch.target,
            batch.mask,
            gaps,
            batch.user_index,
            self.log_sizes(batch),
        )
        # Embedded anew, so that only the chosen gaps have a gradient.
        times = gather_behaviours(batch.history_time, positions, batch.user_index)
        gaps = self.time_gap(times, batch.impression_time)
        behaviours = batch.behaviours(positions)
        sizes = self.log_sizes(batch, positions)
        interest = self.attention(behaviours, batch.target, gaps, chosen, sizes)
        seen = {"positions": positions, "chosen": chosen}
        return [interest], {"long_term_interest": interest, **seen}

    def log_sizes(self, batch, positions=None):
        """ln n of behaviours, all or those at `positions`; None where each is one."""
        return None

    def get_config(self):
        return {**super().get_config(), **self._serialized("attention", "time_gap")}
