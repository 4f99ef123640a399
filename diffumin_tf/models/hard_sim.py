"""SIM-hard: attention to the latest behaviours of the target's category."""

import keras

from diffumin_tf.layers.category_search import category_search
from diffumin_tf.models.sim import SIM


@keras.saving.register_keras_serializable("diffumin_tf")
class HardSIM(SIM):
    """Search-based interest model with hard search.

    Args:
        embedding: A `FeatureEmbedding`.
        num_selected: K, the behaviours that the second stage reads.
        category_field: Which field of a behaviour, from 0, is its category; the
            target's fields are in the same order.
        **kwargs: Arguments of `SIM`.

    Raises:
        ValueError: if a number is out of its range; `category_field` once the fields
            are known.
    """

    # No tensor of a history's size is kept: the search reads ids and has no gradient.
    tensors_per_history = 0.0

    def __init__(self, embedding, num_selected=100, category_field=1, **kwargs):
        super().__init__(embedding, **kwargs)
        if num_selected < 1:
            raise ValueError(f"num_selected must be positive; received {num_selected}.")
        self.num_selected = num_selected
        self.category_field = category_field

    def build(self, input_shape):
        num_fields = input_shape["history"][-1]
        if not 0 <= self.category_field < num_fields:
            raise ValueError(
                "category_field must be the place of a behaviour's field, in "
                f"0..{num_fields - 1}; received {self.category_field}."
            )
        super().build(input_shape)

    def choose(self, batch, training):
        positions, chosen = category_search(
            batch.history_ids[..., self.category_field],
            batch.target_ids[:, self.category_field],
            batch.mask,
            self.num_selected,
            batch.user_index,
        )
        return {"positions": positions, "chosen": chosen}

    def get_config(self):
        return {
            **super().get_config(),
            "num_selected": self.num_selected,
            "category_field": self.category_field,
        }
