"""Tests of DiffuMIN-VAE: DiffuMIN with a VAE in the diffusion's place."""

import numpy as np
import pytest

from diffumin_tf.layers import (
    ContrastiveCalibrator,
    FeatureEmbedding,
    InterestVAE,
    OMIELayer,
)
from diffumin_tf.models import DiffuMIN
from tests.models.model_harness import LENGTHS, ModelHarness, make_batch


class TestDiffuMINVAE(ModelHarness):
    def make_model(self, embedding, **shared):
        options = {"dtype": embedding.dtype}
        return DiffuMIN(
            embedding,
            OMIELayer(2, 0.4, **options),
            InterestVAE(3, **options),
            ContrastiveCalibrator(0.5, **options),
            **shared,
        )

    def test_the_tower_sees_what_the_vae_decodes(self, model):
        outputs = model(make_batch(), return_intermediates=True)
        clean = model.generator.normalize(outputs["interests"])
        noise = outputs["noise"]
        assert set(noise) == {"latent"}
        mean, log_variance = model.generator.encode(clean, outputs["channels"])
        latent = mean + np.exp(np.asarray(log_variance) / 2) * noise["latent"]
        wanted = model.generator.decode(latent, clean, outputs["channels"])
        np.testing.assert_allclose(outputs["augmented_interests"], wanted, atol=1e-12)
        seen = np.asarray(outputs["tower_input"])[:, 8:16].reshape(-1, 2, 4)
        np.testing.assert_allclose(seen, wanted, atol=1e-12)

    def test_the_losses_of_both_parts_are_trained_on(self):
        model, labels = self.tiny(), np.arange(len(LENGTHS)) % 2.0
        outputs = model(make_batch(), training=True, return_intermediates=True)
        losses = model.compute_losses(outputs, labels, np.ones_like(labels))
        wanted = {"loss", "click_loss", "vae_loss", "contrastive_loss"}
        assert set(losses) == wanted
        total = losses["click_loss"] + 0.01 * losses["vae_loss"]
        total = total + 0.001 * losses["contrastive_loss"]
        np.testing.assert_allclose(losses["loss"], total, rtol=1e-12)
        clean, channels = outputs["normalized_interests"], outputs["channels"]
        loss = model.generator.loss(clean, channels, outputs["noise"])
        np.testing.assert_allclose(losses["vae_loss"], loss, rtol=1e-12)


def test_norms_are_shared_with_a_denoiser_only():
    with pytest.raises(ValueError, match="needs a DiffusionGenerator.*InterestVAE"):
        DiffuMIN(FeatureEmbedding(9), generator=InterestVAE(), share_norms=True)
