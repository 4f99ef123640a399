"""DMIG of the straightforward formulation: Algorithms 1 and 2, line by line."""

import math

import keras
import numpy as np
from keras import ops

from benchmarks.straightforward_transformer import PlainBlock


class PlainDenoiser(keras.layers.Layer):
    """ε_θ for one interest at one step (equations 14 to 17).

    Args:
        num_blocks: Transformer blocks.
    """

    def __init__(self, num_blocks=2, **kwargs):
        super().__init__(**kwargs)
        self.blocks = [PlainBlock(cross_attention=True) for _ in range(num_blocks)]

    def build(self, clean_shape):
        width = clean_shape[-1]
        self.step_inner = keras.layers.Dense(4 * width, activation="swish")
        self.step_inner.build((None, width))
        self.step_outer = keras.layers.Dense(width)
        self.step_outer.build((None, 4 * width))
        for block in self.blocks:
            block.build((None, None, width))
        self.built = True

    def embed_step(self, step, width):
        """`[n]` int to `[n, d]`: sinusoids, Dense, swish, Dense."""
        half = width // 2
        frequencies = np.exp(-math.log(1e4) * np.arange(half) / (half - 1))
        table = ops.convert_to_tensor(frequencies, dtype=self.compute_dtype)
        angle = ops.cast(step, self.compute_dtype)[:, None] * table
        sinusoids = ops.concatenate([ops.sin(angle), ops.cos(angle)], axis=-1)
        return self.step_outer(self.step_inner(sinusoids))

    def call(self, clean, noisy, channel, step, slot):
        """Predicts the noise of one interest.

        Args:
            clean: `[B, c, d]` float, all interests (their others are g1).
            noisy: `[B, d]` float, r_{i,t}.
            channel: `[B, d]` float, o_i (g2).
            step: `[B]` int, or `[1]` for all rows, t.
            slot: int, i.

        Returns:
            `[B, d]` float.
        """
        parts = [clean[:, :slot], noisy[:, None], clean[:, slot + 1 :]]
        tokens = ops.concatenate(parts, axis=1)
        tokens = tokens + self.embed_step(step, clean.shape[-1])[:, None]
        for block in self.blocks:
            tokens = block(tokens, channel)
        return tokens[:, slot]


class PlainDMIG(keras.layers.Layer):
    """Diffusion over the interests, one denoiser call a channel and step.

    Args:
        num_sampling_steps: T'.
        num_steps: T, noise levels.
        seed: Seed of the noise.
    """

    def __init__(self, num_sampling_steps=20, num_steps=1000, seed=0, **kwargs):
        super().__init__(**kwargs)
        self.num_sampling_steps = num_sampling_steps
        self.num_steps = num_steps
        self.beta = np.linspace(1e-4, 0.02, num_steps)
        self.alpha = 1 - self.beta
        self.alpha_bar = np.cumprod(self.alpha)
        self.denoiser = PlainDenoiser()
        self.seeds = keras.random.SeedGenerator(seed)

    def build(self, clean_shape, channels_shape=None, noise_shape=None):
        self.denoiser.build(clean_shape)
        self.built = True

    def draw_noise(self, batch_size, num_channels, width):
        """All the randomness of one training pass.

        Returns:
            A dict: `start_step` and `loss_step` `[B, c]`, `start` and `loss`
            `[B, c, d]`, and `chain` `[B, T', c, d]` (index s belongs to t = T' − s).
        """
        each = (batch_size, num_channels)
        chain = (batch_size, self.num_sampling_steps, num_channels, width)
        return {
            "start_step": self._draw_steps(each),
            "start": self._draw(each + (width,)),
            "chain": self._draw(chain),
            "loss_step": self._draw_steps(each),
            "loss": self._draw(each + (width,)),
        }

    def _draw(self, shape):
        return keras.random.normal(shape, dtype=self.compute_dtype, seed=self.seeds)

    def _draw_steps(self, shape):
        return keras.random.randint(shape, 1, self.num_steps + 1, seed=self.seeds)

    def add_noise(self, clean, noise, step):
        """`r_t` (equation 10) of r and ε, `[B, d]`, and t, `[B]`."""
        levels = ops.convert_to_tensor(
            np.stack([np.sqrt(self.alpha_bar), np.sqrt(1 - self.alpha_bar)], axis=-1),
            dtype=self.compute_dtype,
        )
        level = ops.take(levels, step - 1, axis=0)
        return level[:, :1] * clean + level[:, 1:] * noise

    def call(self, clean, channels, noise):
        """Samples the augmented interests (Algorithm 2).

        Args:
            clean: `[B, c, d]` float, the normalised interests.
            channels: `[B, c, d]` float, O.
            noise: What `draw_noise` returns.

        Returns:
            `[B, c, d]` float, r*.
        """
        slots = range(clean.shape[1])
        sampled = [self._sample(clean, channels, noise, slot) for slot in slots]
        return ops.stack(sampled, axis=1)

    def _sample(self, clean, channels, noise, slot):
        state = self.add_noise(
            clean[:, slot], noise["start"][:, slot], noise["start_step"][:, slot]
        )
        for index in range(self.num_sampling_steps):
            step = self.num_sampling_steps - index
            predicted = self.denoiser(
                clean, state, channels[:, slot], ops.full((1,), step), slot=slot
            )
            beta, alpha = float(self.beta[step - 1]), float(self.alpha[step - 1])
            share = beta / math.sqrt(1 - float(self.alpha_bar[step - 1]))
            state = (state - share * predicted) / math.sqrt(alpha)
            if step > 1:
                state = state + math.sqrt(beta) * noise["chain"][:, index, slot]
        return state

    def loss(self, clean, channels, noise):
        """L_d (Algorithm 1, equation 18), a scalar; the arguments as in `call`."""
        slots = range(clean.shape[1])
        losses = [self._loss(clean, channels, noise, slot) for slot in slots]
        return sum(losses) / len(losses)

    def _loss(self, clean, channels, noise, slot):
        step, wanted = noise["loss_step"][:, slot], noise["loss"][:, slot]
        noisy = self.add_noise(clean[:, slot], wanted, step)
        predicted = self.denoiser(clean, noisy, channels[:, slot], step, slot=slot)
        return ops.mean(ops.sum(ops.square(wanted - predicted), axis=-1))
