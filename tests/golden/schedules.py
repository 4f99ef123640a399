"""The noise schedules of a `released_schedules` golden file."""

import numpy as np

from diffumin_tf.layers import NoiseSchedule

_KINDS = {"linear": "linear", "cosine": "cosine", "exp": "exponential"}


def holds(golden):
    """Whether it is such a file."""
    return any("__linear__T" in name for name in golden.arrays)


def compute(golden, dtype):
    """The names that belong to the dtype, and their arrays.

    Only the linear one of float32: between TensorFlow's versions the others differ by
    more than they are held to here.
    """
    prefix = {"float64": "f64__", "float32": "f32__linear__"}[dtype]
    names = golden.names(prefix)
    return names, {name: _array(*name.split("__")[1:]) for name in names}


def _array(kind, steps, name):
    schedule = NoiseSchedule(int(steps[1:]), _KINDS[kind])
    beta, bar = schedule.beta, schedule.alpha_bar
    previous = schedule.alpha_bar_previous
    return {
        "betas": beta,
        "alphas": schedule.alpha,
        "alphas_cumprod": bar,
        "alphas_cumprod_prev": previous,
        "sqrt_alphas_cumprod": np.sqrt(bar),
        "sqrt_one_minus_alphas_cumprod": np.sqrt(1 - bar),
        "sqrt_recip_alphas": np.sqrt(1 / schedule.alpha),
        "sqrt_recip_alphas_cumprod": np.sqrt(1 / bar),
        "sqrt_recipm1_alphas_cumprod": np.sqrt(1 / bar - 1),
        "posterior_mean_coef1": beta * np.sqrt(previous) / (1 - bar),
        "posterior_mean_coef2": (1 - previous) * np.sqrt(schedule.alpha) / (1 - bar),
        "posterior_variance": schedule.posterior_variance,
    }[name]
