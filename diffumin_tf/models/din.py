"""DIN: the deep interest network, and DIN(S) on the recent behaviours alone."""

import keras

from diffumin_tf.layers.din_attention import DINAttention
from diffumin_tf.models.long_history_model import LongHistoryModel


@keras.saving.register_keras_serializable("diffumin_tf")
class DIN(LongHistoryModel):
    """Pools the history by each behaviour's relation to the target.

    Args:
        embedding: A `FeatureEmbedding`.
        attention: A `DINAttention`; None for the paper's.
        num_recent: The most recent behaviours that are read, which is DIN(S); None
            for the whole history.
        **kwargs: Arguments of `LongHistoryModel`.

    Raises:
        ValueError: if `num_recent` is not positive.
    """

    # Measured at B = 64 to 256, l = 5000: with a history a row 11.9 tensors `[B, l, d]`
    # at d = 24 and 5.3 at d = 96, since the hidden units have widths of their own; with
    # one for eight rows 10.6 and 4.0.
    tensors_per_history = 1.4
    tensors_per_row = 1.6

    def __init__(self, embedding, attention=None, num_recent=None, **kwargs):
        super().__init__(embedding, **kwargs)
        if num_recent is not None and num_recent < 1:
            raise ValueError(f"num_recent must be positive; received {num_recent}.")
        self.attention = self._component(attention, DINAttention)
        self.num_recent = num_recent

    @property
    def floats_per_row(self):
        """As in `LongHistoryModel`: what the hidden layers keep of a behaviour."""
        return 1.7 * sum(self.attention.hidden_units)

    def build_interests(self, width):
        self.attention.build((None, None, width))
        return width

    def read_history(self, batch, training):
        history, mask, user_index = batch.history, batch.mask, batch.user_index
        if self.num_recent is not None:
            history, mask = self.recent(batch, self.num_recent)
            user_index = None
        pooled = self.attention(
            history, batch.target, mask, user_index, training=training
        )
        return [pooled], {"long_term_interest": pooled}

    def get_config(self):
        return {
            **super().get_config(),
            **self._serialized("attention"),
            "num_recent": self.num_recent,
        }
