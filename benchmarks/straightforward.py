"""DiffuMIN as the paper is read off into Keras: the alternative that speed is told by.

The maths of `diffumin_tf.models.DiffuMIN` and its default preset, with nothing tuned:
one history a row, a lookup at every position, the library's QR and `top_k`, a denoiser
call for every channel and step, every token through every block, stock Adam. It is
held to the golden files as the tuned model is.

What it does not have: noise that hangs on the row (it is drawn anew at every call, at
inference too), and a finite gradient for a target without a full-rank projection.
"""

import keras
import tensorflow as tf
from keras import ops

from benchmarks.straightforward_diffusion import PlainDMIG
from benchmarks.straightforward_layers import (
    PlainCMIC,
    PlainLookup,
    PlainOMIE,
    PlainTower,
    unit,
)
from benchmarks.straightforward_transformer import PlainEncoder

__all__ = [
    "PlainCMIC",
    "PlainDMIG",
    "PlainEncoder",
    "PlainLookup",
    "PlainOMIE",
    "PlainTower",
    "Straightforward",
    "unit",
]


class Straightforward(keras.Model):
    """The straightforward formulation of DiffuMIN.

    A batch is a dictionary of int ids, 0 for padding, which trails: `history`
    `[B, l, F]`, most recent first, `target` `[B, F]`, `other` `[B, K]` and optionally
    `user_key` `[B]`. The defaults are the paper's industrial setting.

    Args:
        num_rows: Rows of the embedding table.
        num_channels: c.
        num_sampling_steps: T'.
        short_term_length: k.
        embedding_dim: Width of one feature's embedding.
        top_share: p as a fraction.
        temperature: τ.
        diffusion_weight: λ1.
        contrastive_weight: λ2.
        hidden_units: Widths of the tower.
    """

    def __init__(
        self,
        num_rows=1_000_000,
        num_channels=4,
        num_sampling_steps=20,
        short_term_length=100,
        embedding_dim=8,
        top_share=0.2,
        temperature=0.05,
        diffusion_weight=0.01,
        contrastive_weight=0.001,
        hidden_units=(1024, 512, 256),
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.short_term_length = short_term_length
        self.diffusion_weight = diffusion_weight
        self.contrastive_weight = contrastive_weight
        self.lookup = PlainLookup(num_rows, embedding_dim)
        self.omie = PlainOMIE(num_channels, top_share)
        self.generator = PlainDMIG(num_sampling_steps)
        self.calibrator = PlainCMIC(temperature)
        self.encoder = PlainEncoder()
        self.tower = PlainTower(hidden_units)

    def build(self, input_shape):
        """Builds every part on a batch's shapes, by name."""
        dim = self.lookup.embedding_dim
        width = dim * input_shape["target"][-1]
        self.lookup.build()
        self.build_on(width, width + dim * input_shape["other"][-1])

    def build_on(self, width, other_width):
        """Builds all but the table for behaviours of `width` d and e_other's width."""
        count = self.omie.num_channels
        interests = (None, count, width)
        self.omie.build((None, None, width))
        self.generator.build(interests)
        self.calibrator.build(interests)
        self.encoder.build((None, None, width))
        self.tower.build((None, (2 * count + 1) * width + other_width))
        self.built = True

    def call(self, inputs, training=False):
        """Scores a batch: the logit `[B]`."""
        return self.predict_click(**self.embed(inputs), training=training)["logit"]

    def embed(self, inputs):
        """The input layer (section 3.2): a batch of ids to `predict_click`'s inputs."""
        target = self.lookup(inputs["target"])
        rows = ops.arange(ops.shape(inputs["target"])[0])
        return {
            "history": self.lookup(inputs["history"]),
            "target": target,
            "other": ops.concatenate([target, self.lookup(inputs["other"])], axis=-1),
            "history_mask": ops.any(inputs["history"] != 0, axis=-1),
            "user_key": inputs.get("user_key", rows),
        }

    def predict_click(
        self,
        history,
        target,
        other,
        history_mask,
        user_key,
        training=False,
        noise=None,
    ):
        """Everything that the model computes of an embedded batch.

        Args:
            history: `[B, l, d]` float, E.
            target: `[B, d]` float, e_s.
            other: `[B, …]` float, e_other, the target included.
            history_mask: `[B, l]` bool.
            user_key: `[B]` int.
            training: Whether batch statistics are used.
            noise: What `PlainDMIG.draw_noise` returns; None to draw it.

        Returns:
            A dict of tensors by name, among them `logit` `[B]`.
        """
        channels, interests = self.omie(history, target, history_mask)
        clean = unit(interests, 1e-12)
        if noise is None:
            noise = self.generator.draw_noise(*ops.shape(clean))
        augmented = self.generator(clean, channels, noise)
        count = self.short_term_length
        recent = self.encoder(history[:, :count], target, history_mask[:, :count])
        flat = [
            ops.reshape(part, (ops.shape(part)[0], -1))
            for part in (interests, augmented)
        ]
        logit = self.tower(
            ops.concatenate([*flat, other, recent], axis=-1), training=training
        )
        return {
            "channels": channels,
            "interests": interests,
            "clean_interests": clean,
            "augmented_interests": augmented,
            "short_term_interest": recent,
            "noise": noise,
            "user_key": user_key,
            "logit": logit,
        }

    def compute_losses(self, outputs, labels):
        """L_ctr, L_d, L_cl and their weighted sum (equation 24), by name."""
        labels = ops.cast(labels, outputs["logit"].dtype)
        click = ops.mean(
            ops.binary_crossentropy(labels, outputs["logit"], from_logits=True)
        )
        clean, noise = outputs["clean_interests"], outputs["noise"]
        diffusion = self.generator.loss(clean, outputs["channels"], noise)
        contrastive = self.calibrator(
            clean, outputs["augmented_interests"], outputs["user_key"]
        )
        weighted = self.diffusion_weight * diffusion
        weighted = weighted + self.contrastive_weight * contrastive
        return {
            "loss": click + weighted,
            "click_loss": click,
            "diffusion_loss": diffusion,
            "contrastive_loss": contrastive,
        }

    def train_step(self, data):
        """One step on `(inputs, labels)`: the losses by name."""
        inputs, labels = data
        with tf.GradientTape() as tape:
            outputs = self.predict_click(**self.embed(inputs), training=True)
            losses = self.compute_losses(outputs, labels)
        gradients = tape.gradient(losses["loss"], self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        return losses
