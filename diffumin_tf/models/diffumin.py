"""DiffuMIN: the diffusion-driven multi-interest network, wired as in Figure 1."""

import keras

from diffumin_tf.layers.contrastive_calibrator import ContrastiveCalibrator
from diffumin_tf.layers.diffusion_generator import DiffusionGenerator
from diffumin_tf.layers.omie_layer import OMIELayer
from diffumin_tf.models.long_history_model import LongHistoryModel


@keras.saving.register_keras_serializable("diffumin_tf")
class DiffuMIN(LongHistoryModel):
    """CTR prediction from long histories by guided diffusion over interests.

    The defaults are the paper's settings on its industrial data.

    Args:
        embedding: A `FeatureEmbedding`.
        omie: An `OMIELayer`; None for the paper's.
        generator: A `DiffusionGenerator` (DMIG); None for the paper's.
        calibrator: A `ContrastiveCalibrator` (CMIC); None for the paper's.
        diffusion_weight: λ1.
        contrastive_weight: λ2.
        use_interests: Whether the tower sees r (False: ablation B).
        use_generator: Whether there is DMIG, and with it CMIC (False: ablation D).
        use_calibrator: Whether there is CMIC (False: ablation C).
        **kwargs: Arguments of `LongHistoryModel`.
    """

    # Measured at B = 64 to 1024, l = 5000, c = 4: with a history a row 3.0 to 3.4
    # tensors `[B, l, d]` at d = 24 and 3.0 at d = 96; with one for eight rows 2.1 and
    # 1.7.
    tensors_per_history = 1.2
    tensors_per_row = 1.5

    def __init__(
        self,
        embedding,
        omie=None,
        generator=None,
        calibrator=None,
        diffusion_weight=0.01,
        contrastive_weight=0.001,
        use_interests=True,
        use_generator=True,
        use_calibrator=True,
        **kwargs,
    ):
        weights = {"diffusion_loss": diffusion_weight} if use_generator else {}
        if use_generator and use_calibrator:
            weights["contrastive_loss"] = contrastive_weight
        super().__init__(embedding, extra_loss_weights=weights, **kwargs)
        self.omie = self._component(omie, OMIELayer)
        self.generator = self._component(generator, DiffusionGenerator)
        self.calibrator = self._component(calibrator, ContrastiveCalibrator)
        self.diffusion_weight = diffusion_weight
        self.contrastive_weight = contrastive_weight
        self.use_interests = use_interests
        self.use_generator = use_generator
        self.use_calibrator = use_calibrator and use_generator

    def build_interests(self, width):
        interests = (None, self.omie.num_channels, width)
        self.omie.build((None, None, width))
        if self.use_generator:
            self.generator.build(interests)
        if self.use_calibrator:
            self.calibrator.build(interests)
        parts = self.use_interests + self.use_generator
        return parts * self.omie.num_channels * width

    def read_history(self, batch, training, noise=None):
        """Figure 1: channels and interests, augmented interests.

        Args:
            batch: An `EmbeddedBatch`.
            training: Whether training noise is drawn.
            noise: What `DiffusionGenerator.draw_noise` returns; None to draw it.

        Returns:
            `[r, r*]`, `[B, c, d]` each; and a dict of `channels`, `interests`,
            `normalized_interests` and `augmented_interests`, `[B, c, d]` each, and
            `noise`.
        """
        channels, interests = self.omie(
            batch.history, batch.target, batch.mask, batch.user_index
        )
        seen = {"channels": channels, "interests": interests}
        parts = [interests] if self.use_interests else []
        if self.use_generator:
            seen |= self._augment(interests, channels, batch, training, noise)
            parts.append(seen["augmented_interests"])
        return parts, seen

    def _augment(self, interests, channels, batch, training, noise):
        clean = self.generator.normalize(interests)
        if noise is None:
            count, width = clean.shape[1:]
            noise = self.generator.draw_noise(batch.noise_key, count, width, training)
        augmented = self.generator(clean, channels, noise)
        return {
            "normalized_interests": clean,
            "augmented_interests": augmented,
            "noise": noise,
        }

    def extra_losses(self, outputs):
        """L_d (equation 18) and L_cl (equation 20)."""
        losses = {}
        if self.use_generator:
            clean = outputs["normalized_interests"]
            losses["diffusion_loss"] = self.generator.diffusion_loss(
                clean, outputs["channels"], outputs["noise"]
            )
        if self.use_calibrator:
            losses["contrastive_loss"] = self.calibrator(
                clean, outputs["augmented_interests"], outputs["user_key"]
            )
        return losses

    def get_config(self):
        plain = (
            "diffusion_weight",
            "contrastive_weight",
            "use_interests",
            "use_generator",
            "use_calibrator",
        )
        return {
            **super().get_config(),
            **self._serialized("omie", "generator", "calibrator"),
            **{name: getattr(self, name) for name in plain},
        }
