"""What SIM-soft and SIM-hard share: attention to the behaviours that a search found."""

from keras import ops

from diffumin_tf.layers.gather_behaviours import gather_behaviours
from diffumin_tf.layers.target_attention import TargetAttention
from diffumin_tf.layers.time_gap_embedding import TimeGapEmbedding
from diffumin_tf.models.long_history_model import LongHistoryModel


class SIM(LongHistoryModel):
    """Search-based interest model: a subclass defines `choose`.

    The second stage attends to `z_j`, a chosen behaviour beside how long ago it was.

    Args:
        embedding: A `FeatureEmbedding`.
        attention: A `TargetAttention`; None for the default one.
        time_gap: A `TimeGapEmbedding`; None for the default one.
        **kwargs: Arguments of `LongHistoryModel`.
    """

    reads_time = True

    def __init__(self, embedding, attention=None, time_gap=None, **kwargs):
        super().__init__(embedding, **kwargs)
        self.attention = self._component(attention, TargetAttention)
        self.time_gap = self._component(time_gap, TimeGapEmbedding)

    def choose(self, batch, training):
        """Stage 1: what the second stage is to read.

        Args:
            batch: An `EmbeddedBatch`.
            training: Whether batch statistics are used.

        Returns:
            A dict of `positions` `[B, K]` int, `chosen` `[B, K]` bool and what the
            extra losses need.
        """
        raise NotImplementedError

    def build_interests(self, width):
        self.time_gap.build()
        member = width + self.time_gap.embedding_dim
        self.attention.build((None, None, member), (None, width))
        return width

    def read_history(self, batch, training):
        seen = self.choose(batch, training)
        positions = seen["positions"]
        times = gather_behaviours(batch.history_time, positions, batch.user_index)
        gaps = self.time_gap(times, batch.impression_time)
        members = ops.concatenate([batch.behaviours(positions), gaps], axis=-1)
        interest = self.attention(members, batch.target, seen["chosen"])
        return [interest], {"long_term_interest": interest, **seen}

    def get_config(self):
        return {**super().get_config(), **self._serialized("attention", "time_gap")}
