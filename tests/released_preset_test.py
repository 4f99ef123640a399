"""gin/models/released.gin: the value of each option, on its two run files.

What the options compute is held against the released code's arrays in golden_test.py;
which of them the preset sets, and how, here.
"""

from pathlib import Path

import gin
import numpy as np
import pytest

from diffumin_tf import config
from diffumin_tf.training.optimizers import LazyAdagrad, LazyAdam
from diffumin_tf.training.recipe import Recipe
from diffumin_tf.training.train import train

ROOT = Path(__file__).resolve().parents[1]
VALUES = {
    "": {"add_extra_losses": False, "share_norms": True},
    "embedding": {"admission_count": 5, "trains_padding": True},
    "omie": {
        "filtering": "top_k",
        "top_k": 100,
        "aggregation": "score_weighted",
        "rank_over": "column",
    },
    "omie.projection": {"sign_rule": "householder", "use_bias": True, "jitter": 1e-8},
    "generator": {
        "num_sampling_steps": 10,
        "prediction": "x0",
        "sampling_prediction": "epsilon",
        "start": "perturbed",
        "perturb_steps": "uniform",
        "variance": "posterior",
        "sampler": "ddpm",
        "normalize_interests": True,
        "loss_over_width": "mean",
        "loss_over_channels": "mean",
        "stochastic": True,
    },
    "generator.schedule": {"num_steps": 1000, "kind": "linear"},
    "generator.denoiser": {
        "num_blocks": 2,
        "num_heads": 2,
        "feed_forward_factor": 3,
        "output_projection": True,
        "attention_scale": "keys",
        "zero_based_steps": True,
    },
    "short_term_encoder": {"attention_scale": "keys", "cross_attention": True},
    "calibrator": {
        "temperature": 0.05,
        "projection": "mlp",
        "exclude_same_user": False,
    },
    "tower": {
        "hidden_units": (1024, 512, 256),
        "activation": "dice",
        "batch_norm": True,
        "logit_batch_norm": True,
    },
}
OWN = {
    "mix5k": {
        "padded_length": 5000,
        "short_term_length": 100,
        "sample_rate": 0.2,
        "use_other": False,
        "num_projected_fields": None,
    },
    "eleme": {
        "padded_length": 50,
        "short_term_length": 20,
        "sample_rate": 0.1,
        "use_other": True,
        "num_projected_fields": 14,
        "normalize_dense": True,
    },
}


def load(name):
    config.register_all()
    config.load([str(ROOT / f"gin/released/{name}.gin")], ["NUM_USERS = 6"])
    return config.call(Recipe)


def part(model, path):
    for name in filter(None, path.split(".")):
        model = getattr(model, name)
    return model


@pytest.mark.parametrize("name", sorted(OWN))
def test_every_option_has_the_released_value(name):
    model = load(name).build_model()
    for path, values in [*VALUES.items(), ("", OWN[name])]:
        owner = part(model, path)
        assert {key: getattr(owner, key) for key in values} == values, path
    assert not model.embedding.table.numpy().any()


def test_kernels_start_as_the_released_ones():
    model = load("mix5k").build_model()
    kernel = model.omie.projection.kernel.numpy()
    np.testing.assert_allclose(np.abs(kernel).max(), (6 / 120) ** 0.5, rtol=0.01)
    kernel = model.tower.dense1.kernel.numpy()
    # A normal cut at two deviations: that is the largest, 0.88 of one its deviation.
    deviation = (2.6 / 1024) ** 0.5
    np.testing.assert_allclose(np.abs(kernel).max(), 2 * deviation, rtol=0.01)
    np.testing.assert_allclose(kernel.std(), 0.8796 * deviation, rtol=0.01)


def test_optimisers_are_the_released_ones():
    load("mix5k")
    embedding, dense = gin.get_bindings(train)["optimizer"].optimizers
    assert (type(embedding), type(dense)) == (LazyAdagrad, LazyAdam)
    assert float(embedding.learning_rate) == 10
    assert embedding.initial_accumulator_value == 0.1
    assert (float(dense.learning_rate), dense.epsilon) == pytest.approx((3e-4, 1e-8))
