"""Every ablation is DiffuMIN but for what its file says, and still learns."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf import config
from diffumin_tf.training.recipe import Recipe
from tests.gin_test import SMALL, WORLD, without_names

ROOT = Path(__file__).resolve().parents[1]
PATHS = [*ROOT.glob("gin/ablations/*.gin"), ROOT / "gin/models/diffumin_plus.gin"]
FILES = {path.stem: path for path in PATHS}

# What differs from DiffuMIN's configuration, as paths into it.
OMIE, GENERATOR = "omie/config/", "generator/config/"
DENOISER = GENERATOR + "denoiser/config/"
DIFFERENCES = {
    "variant_a": {OMIE + "num_channels": 1, OMIE + "decomposition": "target"},
    "variant_b": {"use_interests": False},
    "variant_c": {"use_calibrator": False},
    "variant_d": {"use_generator": False, "use_calibrator": False},
    "variant_e": {"use_short_term": False},
    "channels_1": {OMIE + "num_channels": 1},
    "channels_2": {OMIE + "num_channels": 2},
    "channels_8": {OMIE + "num_channels": 8},
    "routing_top_2": {OMIE + "num_routes": 2},
    "routing_soft": {OMIE + "routing": "soft"},
    "filtering_top_k": {OMIE + "filtering": "top_k"},
    "filtering_none": {OMIE + "filtering": "none"},
    "aggregation_target_attention": {OMIE + "aggregation": "target_attention"},
    "aggregation_self_attention": {OMIE + "aggregation": "self_attention"},
    "variant_w": {DENOISER + "context_guidance": False},
    "variant_x": {DENOISER + "channel_guidance": False},
    "variant_y": {
        DENOISER + "context_guidance": False,
        DENOISER + "channel_guidance": False,
    },
    "variant_z": {GENERATOR + "start": "gaussian"},
    "matched_start": {GENERATOR + "perturb_steps": "matched"},
    "ddim_5": {GENERATOR + "sampler": "ddim", GENERATOR + "num_sampling_steps": 5},
    "same_user_negatives": {"calibrator/config/exclude_same_user": False},
    "score_weighted": {OMIE + "aggregation": "score_weighted"},
    "diffumin_plus": {"use_products": True},
    "random_channels": {OMIE + "kernel_initializer/class_name": "GlorotUniform"},
}
# Where nothing is guided by the channels, no gradient reaches their projection.
FROZEN = {"variant_a", "variant_d", "variant_x", "variant_y"}


@pytest.fixture(scope="module", autouse=True)
def registered():
    config.register_all()


def make_recipe(name=None):
    files = ["gin/industry.gin"] + ([str(FILES[name])] if name else [])
    # The number of steps, where it is the file's own, is not to be overridden.
    own = ("NUM_SAMPLING_STEPS",) if name == "ddim_5" else ()
    lines = [line for line in SMALL if not line.startswith(own)]
    config.load(files, [*lines, *WORLD])
    return config.call(Recipe)


@pytest.fixture(scope="module")
def plain():
    return flat(make_recipe().build_model().get_config())


@pytest.fixture(scope="module")
def batch():
    return next(iter(make_recipe().data.training()))


def flat(saved, prefix=""):
    """A nested configuration as paths and values."""
    found = {}
    for name, value in without_names(saved).items():
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}{name}/")
        else:
            found[prefix + name] = value
    return found


def test_every_file_is_listed():
    assert set(FILES) == set(DIFFERENCES)


@pytest.mark.parametrize("name", sorted(DIFFERENCES))
def test_an_ablation_differs_in_what_it_says(name, plain, batch):
    model = make_recipe(name).build_model()
    found = flat(model.get_config())
    for path, value in DIFFERENCES[name].items():
        assert found[path] == value != plain[path]
    other = {path for path in found | plain if found.get(path) != plain.get(path)}
    inner = OMIE + "kernel_initializer/"
    assert {p for p in other if not p.startswith(inner)} <= set(DIFFERENCES[name])
    losses, moved = loss_and_gradients(model, *batch)
    assert all(np.isfinite(loss) for loss in losses.values())
    assert any(p.endswith("projection/kernel") for p in moved) != (name in FROZEN)


def loss_and_gradients(model, inputs, labels):
    """The losses of a batch, and the weights that a step on it would move."""
    weights = np.ones(len(labels), "float32")
    with tf.GradientTape() as tape:
        outputs = model(inputs, training=True, return_intermediates=True)
        losses = model.compute_losses(outputs, labels, weights)
    variables = model.trainable_variables
    gradients = tape.gradient(losses["loss"], [v.value for v in variables])
    moved = [
        v.path
        for v, gradient in zip(variables, gradients, strict=True)
        if gradient is not None and np.any(np.asarray(tf.convert_to_tensor(gradient)))
    ]
    return {name: float(loss) for name, loss in losses.items()}, moved
