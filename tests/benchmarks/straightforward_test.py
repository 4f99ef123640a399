"""The straightforward formulation: the golden files, and equality with our model."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from benchmarks.straightforward import PlainDMIG, PlainOMIE, Straightforward
from diffumin_tf.layers import (
    DiffusionGenerator,
    FeatureEmbedding,
    OMIELayer,
    PredictionTower,
)
from diffumin_tf.models import DiffuMIN
from tests.golden import paper
from tests.golden.golden_file import Golden
from tests.golden.tolerances import excess
from tests.golden_test import SHARED
from tests.testing import randomise

FILES = sorted((SHARED / "golden").glob("paper_preset_*.npz"))
NONE = pytest.param(
    None,
    "float32",
    marks=pytest.mark.skip(reason=f"no golden files in {SHARED / 'golden'}"),
)
# Eager steps of 40 denoiser calls take seconds: one file in float64 is enough.
CASES = [(path, "float32") for path in FILES]
CASES += [(path, "float64") for path in FILES[1:2]]
ATTENTION = {"q": "query", "k": "key", "v": "value", "o": "output"}
SUBLAYERS = {"self": "self_attention", "cross": "guide_attention"}
SUBLAYERS |= {"ffn1": "inner", "ffn2": "outer"}


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
            noise=paper.noise_of(golden, dtype),
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


@pytest.mark.parametrize("path, dtype", CASES or [NONE], indirect=["dtype"])
def test_golden_file(path, dtype):
    golden = Golden.load(path)
    got = golden_results(golden, dtype)
    assert set(golden.names("grad__")) <= set(got)
    found = {name: excess(name, got[name], golden, dtype) for name in got}
    off = {name: value for name, value in found.items() if not value <= 1}
    assert not off, off


def weight_names(num_blocks=2, num_stages=2):
    """The golden files' names of all weights but the table's."""
    dense = ("kernel", "bias")
    names = ["proj__kernel"]
    for head in ("head1__hidden", "head1__output", "head2__hidden", "head2__output"):
        names += [f"cl__{head}__{part}" for part in dense]
    names += [f"time__dense{n}__{part}" for n in range(2) for part in dense]
    for owner, attentions in (("diff", ("self", "cross")), ("short", ("self",))):
        parts = [f"{name}__{k}__kernel" for name in attentions for k in ATTENTION]
        parts += [f"ffn{n}__{part}" for n in (1, 2) for part in dense]
        norms = range(1, len(attentions) + 2)
        parts += [f"norm{n}__{part}" for n in norms for part in ("gamma", "beta")]
        blocks = range(num_blocks)
        names += [f"{owner}__block{n}__{part}" for n in blocks for part in parts]
    for n in range(num_stages):
        names += [f"tower__fc{n}__{part}" for part in dense]
        parts = ("gamma", "beta", "moving_mean", "moving_variance")
        names += [f"tower__bn{n}__{part}" for part in parts]
        parts = ("alpha", "pop_mean", "pop_std")
        names += [f"tower__dice{n}__{part}" for part in parts]
    return names + [f"tower__out__{part}" for part in dense]


def random_batch(rows=20, length=17):
    """Ids with padding: a full history, an empty one, repeated behaviours and users."""
    rng = np.random.default_rng(0)
    lengths = np.array([length, 9, 1, 0, 5, 12])
    shape = (len(lengths), length, 3)
    visible = np.arange(length)[None, :, None] < lengths[:, None, None]
    inputs = {
        "history": np.where(visible, rng.integers(1, 4, shape), 0),
        "target": rng.integers(1, rows, (len(lengths), 3)),
        "other": rng.integers(0, rows, (len(lengths), 2)),
        "user_key": np.array([0, 1, 0, 2, 3, 1]),
    }
    inputs = {name: tf.constant(value, "int32") for name, value in inputs.items()}
    return inputs, tf.constant([1.0, 0, 0, 1, 0, 1])


def plain_model(inputs, rows=20):
    model = Straightforward(
        rows,
        num_channels=2,
        num_sampling_steps=3,
        short_term_length=5,
        hidden_units=(8, 4),
    )
    model.build({name: value.shape for name, value in inputs.items()})
    return model


def both_models(inputs, rows=20):
    """The two formulations and their variables by name, with equal random weights."""
    plain = plain_model(inputs, rows)
    ours = DiffuMIN(
        FeatureEmbedding(rows),
        OMIELayer(2),
        DiffusionGenerator(3),
        tower=PredictionTower((8, 4)),
        short_term_length=5,
    )
    ours.build({name: value.shape for name, value in inputs.items()})
    randomise(ours)
    named = Golden({f"w__{name}": None for name in weight_names()}, {})
    variables = {"table": (plain.lookup.table.embeddings, ours.embedding.table)}
    for name, variable in paper.weights(ours, named).items():
        variables[name] = plain_variable(plain, name.split("__")[1:]), variable
    for mine, theirs in variables.values():
        mine.assign(tf.reshape(theirs, mine.shape))
    assert len(variables) == len(ours.weights)
    return plain, ours, variables


def gradients_of(compute, variables):
    """What `compute` returns, and the gradients of its losses' sum by name."""
    with tf.GradientTape() as tape:
        outputs, losses = compute()
    found = tape.gradient(
        losses["loss"],
        {n: v.value for n, v in variables.items() if v.trainable},
        unconnected_gradients="zero",
    )
    return outputs, losses, {n: tf.convert_to_tensor(g) for n, g in found.items()}


def test_equals_our_model(dtype):
    inputs, labels = random_batch()
    labels = tf.cast(labels, dtype)
    plain, ours, variables = both_models(inputs)
    noise = plain.generator.draw_noise(6, 2, 24)

    def run_plain():
        embedded = plain.embed(inputs)
        outputs = plain.predict_click(**embedded, training=True, noise=noise)
        return outputs, plain.compute_losses(outputs, labels)

    def run_ours():
        outputs = ours.predict_click(ours.embed(inputs), training=True, noise=noise)
        return outputs, ours.compute_losses(outputs, labels, tf.ones_like(labels))

    seen, losses, found = gradients_of(
        run_plain, {name: pair[0] for name, pair in variables.items()}
    )
    _, wanted_losses, wanted = gradients_of(
        run_ours, {name: pair[1] for name, pair in variables.items()}
    )
    tolerance = {"float32": 1e-4, "float64": 1e-8}[dtype]  # those of the golden files
    assert set(losses) == set(wanted_losses)
    for name, value in wanted_losses.items():
        np.testing.assert_allclose(losses[name], value, rtol=tolerance, err_msg=name)
    for name, value in wanted.items():
        scale = max(float(np.abs(value).max()), 1e-3)
        np.testing.assert_allclose(
            tf.reshape(found[name], value.shape),
            value,
            rtol=0,
            atol=tolerance * scale,
            err_msg=name,
        )
    assert np.abs(wanted["table"]).max(1)[1:4].min() > 0  # behaviours are trained


def test_equal_logits_at_inference():
    inputs, _ = random_batch()
    plain, ours, _ = both_models(inputs)
    noise = plain.generator.draw_noise(6, 2, 24)
    got = plain.predict_click(**plain.embed(inputs), noise=noise)["logit"]
    want = ours.predict_click(ours.embed(inputs), training=False, noise=noise)["logit"]
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-4)  # float32
    assert plain(inputs).shape == (6,)


@pytest.mark.parametrize("jit", [False, True])
def test_selection_with_ties_equals_our_layer(jit):
    rng = np.random.default_rng(0)
    length = np.arange(41)
    mask = tf.constant(np.arange(40) < length[:, None])
    scores = tf.constant(rng.integers(-3, 4, (41, 40, 3)), "float32")
    plain = PlainOMIE(3, 0.2)
    got = tf.function(plain.select, jit_compile=jit)(scores, mask)
    want = OMIELayer(3, 0.2).select(tf.transpose(scores, [0, 2, 1]), mask)
    np.testing.assert_array_equal(got, tf.transpose(want, [0, 2, 1]))


def test_train_step_applies_the_gradient_of_the_summed_losses():
    inputs, labels = random_batch()
    model = plain_model(inputs)
    model.compile(keras.optimizers.SGD(1.0))
    model.optimizer.build(model.trainable_variables)
    variables = {v.path: v for v in model.trainable_variables}
    state = model.generator.seeds.state.value + 0

    def run():
        outputs = model.predict_click(**model.embed(inputs), training=True)
        return outputs, model.compute_losses(outputs, labels)

    _, losses, wanted = gradients_of(run, variables)
    total = losses["click_loss"] + 0.01 * losses["diffusion_loss"]
    total += 0.001 * losses["contrastive_loss"]
    np.testing.assert_allclose(losses["loss"], total, rtol=1e-6)  # float32
    before = {name: variable.numpy() for name, variable in variables.items()}
    model.generator.seeds.state.assign(state)
    got = model.train_step((inputs, labels))
    np.testing.assert_allclose(got["loss"], losses["loss"], rtol=1e-5)
    for name, variable in variables.items():
        moved = before[name] - variable.numpy()
        np.testing.assert_allclose(moved, wanted[name], rtol=1e-3, atol=1e-5)


def test_drawn_noise():
    generator = PlainDMIG(num_sampling_steps=3)
    noise = generator.draw_noise(2000, 2, 4)
    shapes = {name: tuple(value.shape) for name, value in noise.items()}
    assert shapes["chain"] == (2000, 3, 2, 4)
    assert shapes["start"] == shapes["loss"] == (2000, 2, 4)
    for name in ("start_step", "loss_step"):
        steps = noise[name].numpy()
        assert steps.min() >= 1 and steps.max() <= 1000
        assert abs(steps.mean() - 500.5) < 5 * 289 / np.sqrt(4000)  # five deviations
    assert abs(np.std(noise["start"]) - 1) < 0.05
    assert not np.array_equal(noise["start"], noise["loss"])
