"""Augmented interests by a conditional variational autoencoder, in DMIG's place."""

import keras
from keras import ops

from diffumin_tf.layers import row_noise
from diffumin_tf.layers.composition import component, precise_dtype
from diffumin_tf.layers.guided_transformer import GuidedTransformer
from diffumin_tf.layers.interest_generator import InterestGenerator


@keras.saving.register_keras_serializable("diffumin_tf")
class InterestVAE(InterestGenerator):
    """Encodes an interest to a normal distribution and decodes a draw of it.

    Encoder: q(z | r_i, g1, o_i) = N(μ, diag σ²). Decoder: (z, g1, o_i) to r*_i. The
    loss is `‖r_i − r*_i‖² + β · KL(q ‖ N(0, I))`, as equation 18 summed over the width
    and averaged over channels and rows. Its r̂_i is r*_i itself, of the same draw, so
    that a compiled step computes it once.

    The paper names CVAE and ContrastVAE and gives no formula: this is our reading.
    Gradients flow through z to the interests and through both guides.

    Args:
        latent_dim: Width of z; None for d.
        encoder: A `GuidedTransformer`; None for the default one.
        decoder: A `GuidedTransformer`; None for the default one.
        kl_weight: β.
        **kwargs: Arguments of `InterestGenerator`.

    Raises:
        ValueError: if `latent_dim` is not positive or `kl_weight` negative.
    """

    loss_name = "vae_loss"

    def __init__(
        self, latent_dim=None, encoder=None, decoder=None, kl_weight=1.0, **kwargs
    ):
        super().__init__(**kwargs)
        if latent_dim is not None and latent_dim < 1:
            raise ValueError(f"latent_dim must be positive; received {latent_dim}.")
        if not kl_weight >= 0:
            raise ValueError(f"kl_weight must not be negative; received {kl_weight}.")
        dtype = self.dtype_policy
        self.latent_dim = latent_dim
        self.encoder = component(encoder, GuidedTransformer, dtype=dtype)
        self.decoder = component(decoder, GuidedTransformer, dtype=dtype)
        self.kl_weight = kl_weight

    def build(self, interests_shape):
        width = interests_shape[-1]
        latent = self.latent_dim or width
        self.encoder.build(interests_shape)
        self.decoder.build(interests_shape)
        self.mean_dense = self._dense("mean", width, latent)
        self.log_variance_dense = self._dense("log_variance", width, latent)
        self.latent_dense = self._dense("latent", latent, width)
        # The blocks end in a norm; an interest may have any length.
        self.output_dense = self._dense("output", width, width)
        self.built = True

    def _dense(self, name, width, units):
        layer = keras.layers.Dense(units, dtype=self.dtype_policy, name=name)
        layer.build((None, None, width))
        return layer

    def draw_noise(self, keys, num_channels, width, training):
        """As in `InterestGenerator`: `{"latent": [B, c, latent_dim]}`."""
        if not training:
            keys = self.bank_keys(keys)
        shape = (num_channels, self.latent_dim or width)
        draws = row_noise.normal(keys, row_noise.LATENT, shape, self.compute_dtype)
        return {"latent": draws}

    def encode(self, interests, channels):
        """μ and ln σ² of q, each `[B, c, latent_dim]`, float32 at least."""
        encoded = self.encoder(interests, interests, channels)
        found = self.mean_dense(encoded), self.log_variance_dense(encoded)
        return tuple(self._precise(value) for value in found)

    def decode(self, latent, interests, channels):
        """r* `[B, c, d]` of z `[B, c, latent_dim]`; r_i itself is not read for r*_i."""
        own = self.latent_dense(ops.cast(latent, self.compute_dtype))
        return self.output_dense(self.decoder(own, interests, channels))

    def call(self, interests, channels, noise):
        latent = self._draw(*self.encode(interests, channels), noise)
        return self.decode(latent, interests, channels)

    def row_losses(self, interests, channels, noise):
        mean, log_variance = self.encode(interests, channels)
        latent = self._draw(mean, log_variance, noise)
        decoded = self._precise(self.decode(latent, interests, channels))
        error = ops.sum(ops.square(self._precise(interests) - decoded), axis=-1)
        divergence = self.divergence(mean, log_variance)
        return ops.mean(error + self.kl_weight * divergence, axis=-1)

    def _draw(self, mean, log_variance, noise):
        return mean + ops.exp(0.5 * log_variance) * self._precise(noise["latent"])

    def divergence(self, mean, log_variance):
        """KL(q ‖ N(0, I)) in closed form: `[..., z]` to `[...]`, over the width."""
        excess = ops.square(mean) + ops.exp(log_variance) - log_variance - 1
        return 0.5 * ops.sum(excess, axis=-1)

    def _precise(self, tensor):
        """Distribution and loss are kept in float32 at least."""
        return ops.cast(tensor, precise_dtype(self.compute_dtype))

    def get_config(self):
        return {
            **super().get_config(),
            "latent_dim": self.latent_dim,
            "encoder": keras.saving.serialize_keras_object(self.encoder),
            "decoder": keras.saving.serialize_keras_object(self.decoder),
            "kl_weight": self.kl_weight,
        }
