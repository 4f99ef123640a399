"""DMIG: augmented interests by guided diffusion (section 3.4)."""

import keras
import numpy as np
from keras import ops

from diffumin_tf.layers import row_noise
from diffumin_tf.layers.composition import component, precise_dtype, repeat
from diffumin_tf.layers.denoiser import Denoiser
from diffumin_tf.layers.interest_generator import InterestGenerator
from diffumin_tf.layers.noise_schedule import NoiseSchedule

_CHOICES = {
    "prediction": ("epsilon", "x0"),
    "sampling_prediction": ("epsilon", "x0"),
    "start": ("perturbed", "gaussian"),
    "perturb_steps": ("uniform", "matched"),
    "variance": ("beta", "posterior"),
    "sampler": ("ddpm", "ddim"),
    "loss_over_width": ("sum", "mean"),
    "loss_over_channels": ("mean", "sum"),
}


@keras.saving.register_keras_serializable("diffumin_tf")
class DiffusionGenerator(InterestGenerator):
    """Diffusion over the interests: a loss to train ε_θ, a chain to sample r*.

    Gradients flow through the whole chain, through the start and through both
    guides; that is how the channels learn.

    Args:
        num_sampling_steps: T', the steps of the reverse chain.
        schedule: A `NoiseSchedule`; None for the paper's.
        denoiser: A `Denoiser`, ε_θ; None for the paper's.
        prediction: What the loss asks of the network: the noise (equation 18) or
            `"x0"`, the clean interest.
        sampling_prediction: How the chain reads the network's output; None for the
            same as `prediction`. They differ only in the released code.
        start: `"perturbed"` noises the interest, `"gaussian"` ignores it (variant Z).
        perturb_steps: How far the start is noised: `"uniform"` over 1..T as in
            Algorithm 2, or `"matched"` to the T' steps that the chain undoes.
        variance: σ_t² of the chain: `"beta"` (β_t) or `"posterior"`.
        sampler: `"ddpm"`, or `"ddim"`, which adds no noise on the way.
        loss_over_width: `"sum"` is the squared norm of equation 18.
        loss_over_channels: `"mean"` (equation 18) or `"sum"` (Algorithm 1).
        stochastic: Whether inference draws anew at every call, as the released code
            does: then the same impression scores differently each time. The weight
            `calls` counts them, so that a checkpoint goes on where it was.
        **kwargs: Arguments of `InterestGenerator`.

    Raises:
        ValueError: if a choice is unknown or T' is not in 1..T.
    """

    loss_name = "diffusion_loss"

    def __init__(
        self,
        num_sampling_steps=20,
        schedule=None,
        denoiser=None,
        prediction="epsilon",
        sampling_prediction=None,
        start="perturbed",
        perturb_steps="uniform",
        variance="beta",
        sampler="ddpm",
        loss_over_width="sum",
        loss_over_channels="mean",
        stochastic=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.num_sampling_steps = num_sampling_steps
        self.schedule = component(schedule, NoiseSchedule)
        self.denoiser = component(denoiser, Denoiser, dtype=self.dtype_policy)
        self.prediction = prediction
        self.sampling_prediction = sampling_prediction or prediction
        self.start = start
        self.perturb_steps = perturb_steps
        self.variance = variance
        self.sampler = sampler
        self.loss_over_width = loss_over_width
        self.loss_over_channels = loss_over_channels
        self.stochastic = stochastic
        for name, allowed in _CHOICES.items():
            value = getattr(self, name)
            if value not in allowed:
                raise ValueError(
                    f"{name} must be one of {allowed}; received {value!r}."
                )
        if not 1 <= num_sampling_steps <= self.schedule.num_steps:
            raise ValueError(
                "num_sampling_steps must lie in 1..num_steps of the schedule "
                f"({self.schedule.num_steps}); received {num_sampling_steps}."
            )

    def build(self, interests_shape):
        self.denoiser.build(interests_shape)
        if self.stochastic:
            options = {"dtype": "int32", "trainable": False, "name": "calls"}
            self.calls = self.add_weight(shape=(), initializer="zeros", **options)
        self.built = True

    def draw_noise(self, keys, num_channels, width, training):
        """As in `InterestGenerator`; no bank if `stochastic`.

        Returns:
            A dict: `start_step` `[B, c]`, `start` `[B, c, d]`, `chain`
            `[B, T', c, d]` (index s belongs to t = T' − s), and in training
            `loss_step` `[B, c]` and `loss` `[B, c, d]`.
        """
        if not training:
            keys = self._inference_keys(keys)
        each, dtype = (num_channels, width), self.compute_dtype
        chain = (self.num_sampling_steps, *each)
        noise = {
            "start_step": self._draw_steps(keys, row_noise.START_STEP, num_channels),
            "start": row_noise.normal(keys, row_noise.START, each, dtype),
            "chain": row_noise.normal(keys, row_noise.CHAIN, chain, dtype),
        }
        if training:
            steps = self._draw_steps(keys, row_noise.LOSS_STEP, num_channels)
            noise["loss_step"] = steps
            noise["loss"] = row_noise.normal(keys, row_noise.LOSS, each, dtype)
        return noise

    def fix_inference_noise(self):
        """As in `InterestGenerator`: `stochastic` ends, also in `get_config`."""
        self.stochastic = False

    def _draw_steps(self, keys, stream, count):
        last = self.schedule.num_steps
        return row_noise.integers(keys, stream, (count,), 1, last)

    def _inference_keys(self, keys):
        if self.stochastic:
            self.calls.assign_add(1)
            # The place in the batch tells equal impressions apart.
            call = row_noise.row_keys(self.seed, self.calls.value, ops.shape(keys)[0])
            return row_noise.combine(keys, call)
        return self.bank_keys(keys)

    def add_noise_step(self, interests, noise):
        """The chain's first state r*_{T'} (Algorithm 2, line 3)."""
        if self.start == "gaussian":
            return self._precise(noise["start"])
        step = noise["start_step"]
        if self.perturb_steps == "matched":
            step = ops.full_like(step, self.num_sampling_steps)
        return self.schedule.add_noise(interests, noise["start"], step)

    def denoise_step(self, state, step, predicted, noise):
        """`r*_{t−1}` from `r*_t` and the network's output (equations 12, 13, 19).

        Args:
            state: `[..., d]` float, r*_t.
            step: Scalar int or `[...]` int, t.
            predicted: `[..., d]` float, the network's output.
            noise: `[..., d]` float, z; not used at t = 1.

        Returns:
            The mean μ and the next state, each `[..., d]`.
        """
        table, at = self.schedule, self._coefficient
        predicted, noise = self._precise(predicted), self._precise(noise)
        deviation = at(np.sqrt(1 - table.alpha_bar), step)
        signal = at(np.sqrt(table.alpha_bar), step)
        if self.sampling_prediction == "x0":
            predicted = (state - signal * predicted) / deviation
        if self.sampler == "ddim":
            clean = (state - deviation * predicted) / signal
            mean = at(np.sqrt(table.alpha_bar_previous), step) * clean
            mean = mean + at(np.sqrt(1 - table.alpha_bar_previous), step) * predicted
            return mean, mean
        mean = state - at(table.beta / np.sqrt(1 - table.alpha_bar), step) * predicted
        mean = mean * at(1 / np.sqrt(table.alpha), step)
        variance = table.beta if self.variance == "beta" else table.posterior_variance
        sigma = np.sqrt(variance)
        sigma[0] = 0.0  # no noise at t = 1
        return mean, mean + at(sigma, step) * noise

    def call(self, interests, channels, noise):
        """As in `InterestGenerator`: the chain of Algorithm 2, equation 19."""
        prepared = self.denoiser.prepare(interests, channels)
        chain = ops.swapaxes(noise["chain"], 0, 1)
        state = self.add_noise_step(interests, noise)

        def advance(index, state):
            step = self.num_sampling_steps - index
            predicted = self.denoiser(state, step, prepared)
            draw = ops.take(chain, index, axis=0)
            return self.denoise_step(state, step, predicted, draw)[1]

        state = repeat(advance, self.num_sampling_steps, state)
        return ops.cast(state, self.compute_dtype)

    def trajectory(self, interests, channels, noise):
        """As `call`, step by step, everything kept.

        Returns:
            A dict: `states` (T' + 1 tensors, the start first), `means` and
            `predictions` (T' tensors each), all `[B, c, d]`.
        """
        prepared = self.denoiser.prepare(interests, channels)
        states, means, predictions = [self.add_noise_step(interests, noise)], [], []
        for index in range(self.num_sampling_steps):
            step = ops.convert_to_tensor(self.num_sampling_steps - index, dtype="int32")
            predictions.append(self.denoiser(states[-1], step, prepared))
            mean, state = self.denoise_step(
                states[-1], step, predictions[-1], noise["chain"][:, index]
            )
            means.append(mean)
            states.append(state)
        return {"states": states, "means": means, "predictions": predictions}

    def row_losses(self, interests, channels, noise):
        """As in `InterestGenerator`: L_d is their mean (Algorithm 1, equation 18)."""
        errors = self.squared_errors(interests, channels, noise)
        reduce = ops.mean if self.loss_over_channels == "mean" else ops.sum
        return reduce(errors, axis=-1)

    def squared_errors(self, interests, channels, noise):
        """`[B, c]`: the error of each channel's prediction, over the width."""
        prepared = self.denoiser.prepare(interests, channels)
        step = noise["loss_step"]
        noisy = self.schedule.add_noise(interests, noise["loss"], step)
        predicted = self.denoiser(noisy, step, prepared)
        wanted = noise["loss"] if self.prediction == "epsilon" else interests
        error = ops.square(self._precise(wanted) - self._precise(predicted))
        reduce = ops.sum if self.loss_over_width == "sum" else ops.mean
        return reduce(error, axis=-1)

    def _coefficient(self, values, step):
        """`[1]` for one step, `[..., 1]` for a step each."""
        dtype = precise_dtype(self.compute_dtype)
        return self.schedule.at(values, step, dtype)[..., None]

    def _precise(self, tensor):
        """The chain and the loss are kept in float32 at least."""
        return ops.cast(tensor, precise_dtype(self.compute_dtype))

    def get_config(self):
        config = {name: getattr(self, name) for name in _CHOICES}
        return {
            **super().get_config(),
            **config,
            "num_sampling_steps": self.num_sampling_steps,
            "schedule": keras.saving.serialize_keras_object(self.schedule),
            "denoiser": keras.saving.serialize_keras_object(self.denoiser),
            "stochastic": self.stochastic,
        }
