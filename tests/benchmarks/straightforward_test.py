"""The straightforward formulation: the golden files, and equality with our model."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from benchmarks.straightforward import Straightforward
from tests import check_golden
from tests.golden_test import SHARED

FILES = sorted((SHARED / "golden").glob("paper_preset_*.npz"))
NONE = pytest.param(
    None, marks=pytest.mark.skip(reason=f"no golden files in {SHARED / 'golden'}")
)
ATTENTION = {"q": "query", "k": "key", "v": "value", "o": "output"}
SUBLAYERS = {"self": "self_attention", "cross": "guide_attention"}
SUBLAYERS |= {"ffn1": "inner", "ffn2": "outer"}
LOSSES = ("loss", "click_loss", "diffusion_loss", "contrastive_loss")


@pytest.fixture(params=["float64", "float32"])
def dtype(request):
    """Keras' own layers take the policy that is set when they are made."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(request.param)
    yield request.param
    keras.config.set_dtype_policy(before)


def plain_variable(model, path):
    """The variable of `Straightforward` that a golden weight's name means."""
    part, *path = path
    if part == "proj":
        return model.omie.projection.kernel
    if part == "cl":
        heads = model.calibrator.clean_head, model.calibrator.augmented_head
        head = heads[int(path[0][-1]) - 1]
        return getattr(head.layers[path[1] == "output"], path[2])
    if part == "time":
        network = model.generator.denoiser
        dense = network.step_outer if path[0][-1] == "1" else network.step_inner
        return getattr(dense, path[1])
    if part in ("diff", "short"):
        owner = model.generator.denoiser if part == "diff" else model.encoder
        return _block_variable(owner.blocks[int(path[0][-1])], path[1:])
    kind, place = path[0].rstrip("012"), path[0][-1]
    if kind == "out":
        return getattr(model.tower.logit, path[1])
    layer = model.tower.stages[int(place)][["fc", "bn", "dice"].index(kind)]
    names = {"pop_mean": "moving_mean", "pop_std": "moving_deviation"}
    return getattr(layer, names.get(path[1], path[1]))


def _block_variable(block, path):
    if path[0].startswith("norm"):
        norms = [block.self_norm, block.output_norm]
        if block.cross_attention:
            norms.insert(1, block.guide_norm)
        return getattr(norms[int(path[0][-1]) - 1], path[1])
    layer = getattr(block, SUBLAYERS[path[0]])
    if len(path) == 3:
        layer = getattr(layer, f"{ATTENTION[path[1]]}_dense")
    return getattr(layer, path[-1])


def golden_model(golden):
    meta = golden.meta
    model = Straightforward(
        num_rows=2,
        num_channels=meta["channel_num"],
        num_sampling_steps=meta["infer_timesteps"],
        short_term_length=meta["subseq_len"],
        hidden_units=meta["tower_layers"],
    )
    model.lookup.build()
    model.build_on(meta["d"], golden["in__e_other"].shape[1])
    variables = {
        name: plain_variable(model, name.split("__")[1:])
        for name in golden.names("w__")
    }
    for name, variable in variables.items():
        variable.assign(golden[name].reshape(variable.shape))
    return model, variables


def golden_results(golden, dtype):
    """The file's arrays as the straightforward formulation computes them, by name."""
    model, variables = golden_model(golden)
    inputs = {
        name: tf.cast(golden[f"in__{name}"], dtype) for name in ("E", "e_s", "e_other")
    }
    trained = {n[3:]: v.value for n, v in variables.items() if v.trainable}
    labels = tf.cast(golden["in__label"], dtype)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = model.predict_click(
            *inputs.values(),
            tf.constant(golden["in__mask"]),
            tf.constant(golden["in__user_index"]),
            training=True,
            noise=check_golden.noise_of(golden, dtype),
        )
        losses = model.compute_losses(outputs, labels)
    gradients = tape.gradient(losses["loss"], {**trained, **inputs})
    moved = {n[3:]: v for n, v in variables.items() if not v.trainable}
    results = {
        "out__O": outputs["channels"],
        "out__r": outputs["interests"],
        "out__r_norm": outputs["clean_interests"],
        "out__r_star": outputs["augmented_interests"],
        "out__e_s_star": outputs["short_term_interest"],
        "out__logit": outputs["logit"],
        "out__L": losses["loss"],
        "out__L_ctr": losses["click_loss"],
        "out__L_d": losses["diffusion_loss"],
        "out__L_cl": losses["contrastive_loss"],
        **{f"grad__{name}": value for name, value in gradients.items()},
        **{f"out__after_step__{name}": value.numpy() for name, value in moved.items()},
    }
    return {name: np.asarray(value) for name, value in results.items()}


@pytest.mark.parametrize("path", FILES or [NONE], ids=lambda path: path and path.stem)
def test_golden_file(path, dtype):
    golden = check_golden.Golden.load(path)
    got = golden_results(golden, dtype)
    assert set(golden.names("grad__")) <= set(got)
    excess = {
        name: check_golden.excess(name, got[name], golden[name], dtype, golden)
        for name in got
    }
    # Keras' attention rounds its factor 1/√12 to float32, a part in 1e8.
    limit = {"float32": 1, "float64": 10}[dtype]
    off = {name: value for name, value in excess.items() if not value <= limit}
    assert not off, off
