"""Click-through-rate models: one file each, over one training step."""

from diffumin_tf.models.can import CAN
from diffumin_tf.models.ctr_model import CTRModel
from diffumin_tf.models.diffumin import DiffuMIN
from diffumin_tf.models.din import DIN
from diffumin_tf.models.long_history_model import LongHistoryModel
from diffumin_tf.models.tin import TIN
from diffumin_tf.models.twin import TWIN

__all__ = ["CAN", "CTRModel", "DIN", "DiffuMIN", "LongHistoryModel", "TIN", "TWIN"]
