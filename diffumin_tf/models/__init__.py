"""Click-through-rate models: one file each, over one training step."""

from diffumin_tf.models.can import CAN
from diffumin_tf.models.ctr_model import CTRModel
from diffumin_tf.models.diffumin import DiffuMIN
from diffumin_tf.models.din import DIN
from diffumin_tf.models.eta import ETA
from diffumin_tf.models.hard_sim import HardSIM
from diffumin_tf.models.long_history_model import LongHistoryModel
from diffumin_tf.models.sdim import SDIM
from diffumin_tf.models.soft_sim import SoftSIM
from diffumin_tf.models.tin import TIN
from diffumin_tf.models.twin import TWIN
from diffumin_tf.models.twin_v2 import TWINV2

__all__ = [
    "CAN",
    "CTRModel",
    "DIN",
    "DiffuMIN",
    "ETA",
    "HardSIM",
    "LongHistoryModel",
    "SDIM",
    "SoftSIM",
    "TIN",
    "TWIN",
    "TWINV2",
]
