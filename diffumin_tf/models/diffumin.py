"""DiffuMIN: the diffusion-driven multi-interest network, wired as in Figure 1."""

import keras
from keras import ops

from diffumin_tf.layers.composition import component
from diffumin_tf.layers.contrastive_calibrator import ContrastiveCalibrator
from diffumin_tf.layers.diffusion_generator import DiffusionGenerator
from diffumin_tf.layers.omie_layer import OMIELayer
from diffumin_tf.layers.prediction_tower import PredictionTower
from diffumin_tf.layers.transformer_encoder import TransformerEncoder
from diffumin_tf.models.ctr_model import CTRModel


@keras.saving.register_keras_serializable("diffumin_tf")
class DiffuMIN(CTRModel):
    """CTR prediction from long histories by guided diffusion over interests.

    The defaults are the paper's settings on its industrial data.

    Args:
        embedding: A `FeatureEmbedding`.
        omie: An `OMIELayer`; None for the paper's.
        generator: A `DiffusionGenerator` (DMIG); None for the paper's.
        calibrator: A `ContrastiveCalibrator` (CMIC); None for the paper's.
        short_term_encoder: A `TransformerEncoder`; None for the paper's.
        tower: A `PredictionTower`; None for the paper's.
        short_term_length: k, the recent behaviours that the short-term branch reads.
        diffusion_weight: λ1.
        contrastive_weight: λ2.
        use_interests: Whether the tower sees r (False: ablation B).
        use_generator: Whether there is DMIG, and with it CMIC (False: ablation D).
        use_calibrator: Whether there is CMIC (False: ablation C).
        use_short_term: Whether there is the short-term branch (False: ablation E).
        **kwargs: Arguments of `CTRModel`.
    """

    def __init__(
        self,
        embedding,
        omie=None,
        generator=None,
        calibrator=None,
        short_term_encoder=None,
        tower=None,
        short_term_length=100,
        diffusion_weight=0.01,
        contrastive_weight=0.001,
        use_interests=True,
        use_generator=True,
        use_calibrator=True,
        use_short_term=True,
        **kwargs,
    ):
        weights = {"diffusion_loss": diffusion_weight} if use_generator else {}
        if use_generator and use_calibrator:
            weights["contrastive_loss"] = contrastive_weight
        super().__init__(embedding, extra_loss_weights=weights, **kwargs)
        options = {"dtype": self.dtype_policy}
        self.omie = component(omie, OMIELayer, **options)
        self.generator = component(generator, DiffusionGenerator, **options)
        self.calibrator = component(calibrator, ContrastiveCalibrator, **options)
        self.short_term_encoder = component(
            short_term_encoder, TransformerEncoder, **options
        )
        self.tower = component(tower, PredictionTower, **options)
        self.short_term_length = short_term_length
        self.diffusion_weight = diffusion_weight
        self.contrastive_weight = contrastive_weight
        self.use_interests = use_interests
        self.use_generator = use_generator
        self.use_calibrator = use_calibrator and use_generator
        self.use_short_term = use_short_term

    def build(self, input_shape):
        if not self.embedding.built:
            self.embedding.build()
        dim = self.embedding.embedding_dim
        width = input_shape["target"][-1] * dim
        self._check_length(input_shape["history"][1])
        other = width + dim * input_shape.get("other", (0,))[-1]
        other += input_shape.get("dense", (0,))[-1]
        self.build_on(width, other)

    def build_on(self, width, other_width):
        """Builds every part for behaviours of `width` d and e_other's width."""
        interests = (None, self.omie.num_channels, width)
        self.omie.build((None, None, width))
        parts = self.omie.num_channels * (self.use_interests + self.use_generator)
        if self.use_generator:
            self.generator.build(interests)
        if self.use_calibrator:
            self.calibrator.build(interests)
        if self.use_short_term:
            self.short_term_encoder.build((None, None, width))
        joined = (parts + self.use_short_term) * width + other_width
        self.tower.build((None, joined))
        self.built = True

    def _check_length(self, length):
        if (
            self.use_short_term
            and length is not None
            and length < self.short_term_length
        ):
            raise ValueError(
                "short_term_length must not exceed the histories' length; received "
                f"short_term_length={self.short_term_length}, histories of {length}."
            )

    def predict_click(self, batch, training, noise=None):
        """Figure 1: channels and interests, augmented interests, prediction.

        Args:
            batch: An `EmbeddedBatch`.
            training: Whether batch statistics and training noise are used.
            noise: What `DiffusionGenerator.draw_noise` returns; None to draw it.

        Returns:
            A dict: `logit` `[B]`, `tower_input`, `channels`, `interests`,
            `normalized_interests` and `augmented_interests` `[B, c, d]`,
            `short_term_interest` `[B, d]`, `noise`, `user_key`.
        """
        seen = {"user_key": batch.user_key}
        channels, interests = self.omie(
            batch.history, batch.target, batch.mask, batch.user_index
        )
        seen |= {"channels": channels, "interests": interests}
        if self.use_generator:
            seen |= self._augment(interests, channels, batch, training, noise)
        if self.use_short_term:
            recent, mask = self._recent(batch)
            seen["short_term_interest"] = self.short_term_encoder(
                recent, batch.target, mask
            )
        seen["tower_input"] = self._join(seen, batch.other)
        seen["logit"] = self.tower(seen["tower_input"], training=training)
        return seen

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

    def _recent(self, batch):
        """The k most recent behaviours of each row and which of them exist."""
        place = ops.arange(self.short_term_length, dtype=batch.start.dtype)[None]
        stored = ops.shape(batch.history)[1]
        position = ops.minimum(batch.start[:, None] + place, stored - 1)
        row = batch.user_index
        if row is None:
            row = ops.arange(ops.shape(batch.target)[0], dtype=position.dtype)
        flat = ops.reshape(batch.history, (-1, batch.history.shape[-1]))
        recent = ops.take(flat, row[:, None] * stored + position, axis=0)
        return recent, place < batch.length[:, None]

    def _join(self, seen, other):
        """`[r, r*, e_other, e_s*]` (equation 22), interests channel by channel."""
        flat = (-1, self.omie.num_channels * seen["interests"].shape[-1])
        parts = []
        if self.use_interests:
            parts.append(ops.reshape(seen["interests"], flat))
        if self.use_generator:
            parts.append(ops.reshape(seen["augmented_interests"], flat))
        parts.append(other)
        if self.use_short_term:
            parts.append(seen["short_term_interest"])
        return ops.concatenate(parts, axis=-1)

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
        layers = ("omie", "generator", "calibrator", "short_term_encoder", "tower")
        plain = (
            "short_term_length",
            "diffusion_weight",
            "contrastive_weight",
            "use_interests",
            "use_generator",
            "use_calibrator",
            "use_short_term",
        )
        saved = {
            name: keras.saving.serialize_keras_object(getattr(self, name))
            for name in layers
        }
        return {
            **super().get_config(),
            **saved,
            **{name: getattr(self, name) for name in plain},
        }
