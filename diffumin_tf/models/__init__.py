"""Click-through-rate models: one file each, over one training step."""

from diffumin_tf.models.ctr_model import CTRModel
from diffumin_tf.models.diffumin import DiffuMIN

__all__ = ["CTRModel", "DiffuMIN"]
