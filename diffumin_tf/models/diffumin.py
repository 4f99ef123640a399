"""DiffuMIN: the diffusion-driven multi-interest network, wired as in Figure 1."""

import keras
from keras import ops

from diffumin_tf.layers.composition import component
from diffumin_tf.layers.contrastive_calibrator import ContrastiveCalibrator
from diffumin_tf.layers.diffusion_generator import DiffusionGenerator
from diffumin_tf.layers.omie_layer import OMIELayer
from diffumin_tf.models.long_history_model import LongHistoryModel

# What equation 20 compares, row with row.
_CONTRASTED = ("normalized_interests", "augmented_interests", "user_key")


@keras.saving.register_keras_serializable("diffumin_tf")
class DiffuMIN(LongHistoryModel):
    """CTR prediction from long histories by guided diffusion over interests.

    The defaults are the paper's settings on its industrial data.

    Args:
        embedding: A `FeatureEmbedding`.
        omie: An `OMIELayer`; None for the paper's.
        generator: A `DiffusionGenerator` (DMIG), or another `InterestGenerator`: with
            an `InterestVAE` it is DiffuMIN-VAE. None for the paper's.
        calibrator: A `ContrastiveCalibrator` (CMIC); None for the paper's.
        diffusion_weight: λ1, of the generator's loss.
        contrastive_weight: λ2.
        use_interests: Whether the tower sees r (False: ablation B).
        use_generator: Whether there is DMIG, and with it CMIC (False: ablation D).
        use_calibrator: Whether there is CMIC (False: ablation C).
        add_extra_losses: Whether L_d and L_cl are trained on (equation 24); the
            released code never adds them to its loss.
        share_norms: Whether the short-term encoder uses the denoiser's layer norms,
            as there; both then need cross-attention and as many blocks.
        use_products: Whether the tower sees `r_i ⊙ e_s` too, beyond equation 22: what
            an interest and the target have in common, which it must else learn.
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
        add_extra_losses=True,
        share_norms=False,
        use_products=False,
        **kwargs,
    ):
        # Before the rest of the model, which asks for the names of its losses.
        dtype = kwargs.get("dtype")
        generator = component(generator, DiffusionGenerator, dtype=dtype)
        weights = {}
        if add_extra_losses and use_generator:
            weights[generator.loss_name] = diffusion_weight
            if use_calibrator:
                weights["contrastive_loss"] = contrastive_weight
        super().__init__(embedding, extra_loss_weights=weights, **kwargs)
        self.omie = self._component(omie, OMIELayer)
        self.generator = generator
        self.calibrator = self._component(calibrator, ContrastiveCalibrator)
        self.diffusion_weight = diffusion_weight
        self.contrastive_weight = contrastive_weight
        self.use_interests = use_interests
        self.use_generator = use_generator
        self.use_calibrator = use_calibrator and use_generator
        self.add_extra_losses = add_extra_losses
        self.share_norms = share_norms
        self.use_products = use_products
        if share_norms:
            self._check_can_share_norms()

    def _check_can_share_norms(self):
        parts = self.use_generator, self.use_short_term
        if not all(parts):
            raise ValueError(
                "share_norms needs the generator and the short-term branch; received "
                f"use_generator={parts[0]}, use_short_term={parts[1]}."
            )
        if not isinstance(self.generator, DiffusionGenerator):
            raise ValueError(
                "share_norms needs a DiffusionGenerator, whose denoiser has the norms; "
                f"received {type(self.generator).__name__}."
            )

    def build_interests(self, width):
        interests = (None, self.omie.num_channels, width)
        self.omie.build((None, None, width))
        if self.use_generator:
            self.generator.build(interests)
        if self.use_calibrator:
            self.calibrator.build(interests)
        parts = self.use_interests + self.use_generator + self.use_products
        return parts * self.omie.num_channels * width

    def build_short_term(self, width):
        if self.share_norms:
            self.short_term_encoder.take_norms(self.generator.denoiser.blocks)
        super().build_short_term(width)

    def short_term_guidance(self, seen):
        return seen["channels"][:, -1]

    @property
    def joined_outputs(self):
        names = list(super().joined_outputs)
        if self.generator.loss_name in self.extra_loss_weights:
            names.append("generator_losses")
        if "contrastive_loss" in self.extra_loss_weights:
            names.extend(_CONTRASTED)
        return names

    def fix_inference_noise(self):
        self.generator.fix_inference_noise()

    def draw_noise(self, batch, training):
        """All the randomness of a pass: the generator's, and OMIE's `jitter` if any."""
        keys, width, noise = batch.noise_key, batch.target.shape[-1], {}
        if self.omie.projection.jitter:
            noise["jitter"] = self.omie.projection.draw_jitter(keys, width)
        if self.use_generator:
            count = self.omie.num_channels
            noise |= self.generator.draw_noise(keys, count, width, training)
        return noise

    def read_history(self, batch, training, noise=None):
        """Figure 1: channels and interests, augmented interests.

        Args:
            batch: An `EmbeddedBatch`.
            training: Whether training noise is drawn.
            noise: What `draw_noise` returns; None to draw it.

        Returns:
            `[r, r*]`, `[B, c, d]` each, and `r ⊙ e_s` if it is used; and a dict of
            `channels`, `interests`, `normalized_interests` and
            `augmented_interests`, `[B, c, d]` each, `noise` and, in training,
            `generator_losses` `[B]`.
        """
        noise = self.draw_noise(batch, training) if noise is None else noise
        channels, interests = self.omie(
            batch.history,
            batch.target,
            batch.mask,
            batch.user_index,
            noise=noise.get("jitter"),
        )
        seen = {"channels": channels, "interests": interests, "noise": noise}
        parts = [interests] if self.use_interests else []
        if self.use_generator:
            clean = self.generator.normalize(interests)
            augmented = self.generator(clean, channels, noise)
            seen |= {"normalized_interests": clean, "augmented_interests": augmented}
            parts.append(augmented)
            if training and self.generator.loss_name in self.extra_loss_weights:
                seen["generator_losses"] = self.generator.row_losses(
                    clean, channels, noise
                )
        if self.use_products:
            parts.append(interests * batch.target[:, None])
        return parts, seen

    def extra_losses(self, outputs):
        """L_d (equation 18) and L_cl (equation 20), where they are trained on."""
        losses, name = {}, self.generator.loss_name
        if name in self.extra_loss_weights:
            losses[name] = ops.mean(outputs["generator_losses"])
        if "contrastive_loss" in self.extra_loss_weights:
            pairs = (outputs[name] for name in _CONTRASTED)
            losses["contrastive_loss"] = self.calibrator(*pairs)
        return losses

    def get_config(self):
        plain = (
            "diffusion_weight",
            "contrastive_weight",
            "use_interests",
            "use_generator",
            "use_calibrator",
            "add_extra_losses",
            "share_norms",
            "use_products",
        )
        return {
            **super().get_config(),
            **self._serialized("omie", "generator", "calibrator"),
            **{name: getattr(self, name) for name in plain},
        }
