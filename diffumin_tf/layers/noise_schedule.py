"""The forward process's variances (section 3.4.1, equations 9 to 13)."""

import keras
import numpy as np
from keras import ops

from diffumin_tf.layers.composition import precise_dtype

KINDS = ("linear", "cosine", "exponential")


@keras.saving.register_keras_serializable("diffumin_tf")
class NoiseSchedule:
    """Variance schedule of the diffusion: β_t and what is derived from it.

    Everything is computed in float64; only then is it cast, since float32
    products would put √(1 − ᾱ) off by 1e-6. Steps run from 1 to `num_steps`.

    Args:
        num_steps: T, the number of noise levels.
        kind: `"linear"`, `"cosine"` or `"exponential"`.
        beta_start: β_1 of the linear schedule.
        beta_end: β_T of the linear schedule.

    Raises:
        ValueError: if an argument is out of its range.
    """

    def __init__(self, num_steps=1000, kind="linear", beta_start=1e-4, beta_end=0.02):
        if num_steps < 1:
            raise ValueError(f"num_steps must be at least 1; received {num_steps}.")
        if kind not in KINDS:
            raise ValueError(f"kind must be one of {KINDS}; received {kind!r}.")
        if not 0 < beta_start <= beta_end < 1:
            raise ValueError(
                "0 < beta_start <= beta_end < 1 must hold; received "
                f"beta_start={beta_start}, beta_end={beta_end}."
            )
        self.num_steps = num_steps
        self.kind = kind
        self.beta_start = beta_start
        self.beta_end = beta_end
        self.beta = self._betas()
        self.alpha = 1.0 - self.beta
        self.alpha_bar = np.cumprod(self.alpha)
        previous = np.append(1.0, self.alpha_bar[:-1])
        self.alpha_bar_previous = previous
        self.posterior_variance = self.beta * (1 - previous) / (1 - self.alpha_bar)

    def _betas(self):
        steps = self.num_steps
        if self.kind == "linear":
            return np.linspace(self.beta_start, self.beta_end, steps)
        if self.kind == "exponential":
            x = np.linspace(1, 2 * steps + 1, steps)
            return 1 - np.exp(-0.1 / steps - x * 0.5 * (10 - 0.1) / steps**2)
        x = np.arange(steps + 1) / steps
        level = np.cos((x + 0.008) / 1.008 * np.pi / 2) ** 2
        return np.clip(1 - level[1:] / level[:-1], 1e-4, 0.9999)

    def add_noise(self, clean, noise, step):
        """Forward process `r_t = √ᾱ_t r + √(1 − ᾱ_t) ε` (equation 10).

        Args:
            clean: `[..., d]` float, r.
            noise: `[..., d]` float, ε.
            step: `[...]` int, t in 1..T.

        Returns:
            `[..., d]` float, never below float32.
        """
        dtype = precise_dtype(clean.dtype)
        signal = self.at(np.sqrt(self.alpha_bar), step, dtype)[..., None]
        deviation = self.at(np.sqrt(1 - self.alpha_bar), step, dtype)[..., None]
        return signal * ops.cast(clean, dtype) + deviation * ops.cast(noise, dtype)

    def at(self, values, step, dtype):
        """`values` (float64, index 0 is t = 1) at `step`, cast to `dtype`."""
        return ops.take(ops.convert_to_tensor(values, dtype=dtype), step - 1, axis=0)

    def get_config(self):
        return {
            "num_steps": self.num_steps,
            "kind": self.kind,
            "beta_start": self.beta_start,
            "beta_end": self.beta_end,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**config)
