"""SIM-soft: attention to the behaviours that a trained search ranks first."""

import functools

import keras
from keras import ops

from diffumin_tf.layers.prediction_tower import PredictionTower
from diffumin_tf.layers.soft_search import SoftSearch
from diffumin_tf.models.ctr_model import click_loss
from diffumin_tf.models.sim import SIM


@keras.saving.register_keras_serializable("diffumin_tf")
class SoftSIM(SIM):
    """Search-based interest model with soft search.

    The search learns from a click loss of its own, on `Σ s_j e_j` over the whole
    history beside the target.

    Args:
        embedding: A `FeatureEmbedding`.
        search: A `SoftSearch`; None for the default one.
        search_tower: A `PredictionTower` of the search's click loss; None for one of
            200 and 80 units.
        search_weight: Weight of that loss.
        **kwargs: Arguments of `SIM`.
    """

    def __init__(
        self, embedding, search=None, search_tower=None, search_weight=1.0, **kwargs
    ):
        weights = {"search_loss": search_weight}
        super().__init__(embedding, extra_loss_weights=weights, **kwargs)
        small_tower = functools.partial(PredictionTower, (200, 80))
        self.search = self._component(search, SoftSearch)
        self.search_tower = self._component(search_tower, small_tower)
        self.search_weight = search_weight

    def build_interests(self, width):
        self.search.build((None, None, width))
        self.search_tower.build((None, 2 * width))
        return super().build_interests(width)

    def choose(self, batch, training):
        positions, chosen, pooled = self.search(
            batch.history, batch.target, batch.mask, batch.user_index
        )
        return {
            "positions": positions,
            "chosen": chosen,
            "search_interest": pooled,
            "search_tower_input": ops.concatenate([pooled, batch.target], axis=-1),
        }

    @property
    def joined_outputs(self):
        return [*super().joined_outputs, "search_tower_input"]

    def join_rows(self, rows, training):
        logit = self.search_tower(rows["search_tower_input"], training=training)
        return {"search_logit": logit, **super().join_rows(rows, training)}

    def compute_losses(self, outputs, labels, weights):
        """As in `CTRModel`: the search's own loss needs the labels too."""
        loss = click_loss(labels, outputs["search_logit"], weights)
        return super().compute_losses({**outputs, "search_loss": loss}, labels, weights)

    def extra_losses(self, outputs):
        return {"search_loss": outputs["search_loss"]}

    def get_config(self):
        return {
            **super().get_config(),
            **self._serialized("search", "search_tower"),
            "search_weight": self.search_weight,
        }
