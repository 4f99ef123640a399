"""Outputs and gradients of the layers together, on whichever backend Keras has.

    KERAS_BACKEND=jax python tests/backend_numbers.py OUT.npz float32

The weights and inputs are the same everywhere, drawn by NumPy.
"""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.modules["tensorflow"] = None  # even where it is installed, nothing may need it
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import ops  # noqa: E402

from diffumin_tf.layers import (  # noqa: E402
    ContrastiveCalibrator,
    Denoiser,
    DiffusionGenerator,
    DINAttention,
    FeatureEmbedding,
    NoiseSchedule,
    OMIELayer,
    PredictionTower,
    TimeGapEmbedding,
    TransformerEncoder,
    TWINAttention,
)
from diffumin_tf.layers.gather_behaviours import gather_behaviours  # noqa: E402

ROWS, USERS, LENGTH, CHANNELS, WIDTH = 20, 5, 9, 2, 4


def build_layers(dtype):
    """The layers by name, with the same weights on every backend."""
    layers = {
        "embedding": FeatureEmbedding(ROWS, 2, dtype=dtype),
        "omie": OMIELayer(CHANNELS, 0.4, dtype=dtype),
        "generator": DiffusionGenerator(
            3, NoiseSchedule(10, beta_end=0.3), Denoiser(dtype=dtype), dtype=dtype
        ),
        "calibrator": ContrastiveCalibrator(0.5, dtype=dtype),
        "encoder": TransformerEncoder(dtype=dtype),
        "tower": PredictionTower((5, 3), dtype=dtype),
        "din": DINAttention((3, 2), "dice", dtype=dtype),
        "time_gap": TimeGapEmbedding(9, 2, dtype=dtype),
        "twin": TWINAttention(4, 2, dtype=dtype),
    }
    interests = (None, CHANNELS, WIDTH)
    shapes = [None, (None, None, WIDTH), interests, interests, (None, None, WIDTH)]
    shapes += [(None, (2 * CHANNELS + 2) * WIDTH), (None, None, WIDTH), None]
    rng = np.random.default_rng(0)
    layers["twin"].build((None, None, WIDTH), (None, None, 2))
    for layer, shape in zip(layers.values(), [*shapes, None], strict=True):
        if not layer.built:
            layer.build(shape)
        for variable in layer.trainable_variables:
            variable.assign(0.5 * rng.normal(size=variable.shape))
    return layers


def forward(layers):
    """One training pass, as the model wires it; everything by name."""
    rng = np.random.default_rng(1)
    ids = ops.convert_to_tensor(rng.integers(1, ROWS, (USERS, LENGTH, 2)), "int32")
    wanted = ops.convert_to_tensor(rng.integers(1, ROWS, (USERS, 2)), "int32")
    lengths = np.array([9, 5, 3, 1, 0])
    mask = ops.convert_to_tensor(np.arange(LENGTH)[None] < lengths[:, None])
    history, target = layers["embedding"](ids), layers["embedding"](wanted)
    channels, interests = layers["omie"](history, target, mask)
    generator = layers["generator"]
    clean = generator.normalize(interests)
    keys = ops.arange(USERS, dtype="int32")
    noise = generator.draw_noise(keys, CHANNELS, WIDTH, training=True)
    augmented = generator(clean, channels, noise)
    recent = layers["encoder"](history[:, :3], target, mask[:, :3])
    flat = (USERS, CHANNELS * WIDTH)
    parts = [ops.reshape(interests, flat), ops.reshape(augmented, flat), target, recent]
    logit = layers["tower"](ops.concatenate(parts, axis=-1), training=True)
    found = read_history(layers, history, target, mask)
    losses = {
        "competitors": ops.mean(ops.square(found["din"] + found["twin"])),
        "diffusion_loss": generator.loss(clean, channels, noise),
        "contrastive_loss": layers["calibrator"](clean, augmented, keys // 2),
        "click_loss": ops.mean(ops.softplus(logit)),
    }
    named = {
        **found,
        "channels": channels,
        "interests": interests,
        "augmented": augmented,
    }
    named |= {"recent": recent, "logit": logit, "start": noise["start"]}
    return sum(losses.values()), {**named, **losses, "step": noise["loss_step"]}


def read_history(layers, history, target, mask):
    """What DIN and TWIN make of the history."""
    now = ops.full((USERS,), 10_000, dtype="int32")
    times = ops.tile(10_000 - 2 ** ops.arange(LENGTH, dtype="int32")[None], (USERS, 1))
    twin, gaps = layers["twin"], layers["time_gap"]
    positions, chosen = twin.search(history, target, mask, gaps(times, now))
    behaviours, times = (gather_behaviours(x, positions) for x in (history, times))
    interest = twin(behaviours, target, gaps(times, now), chosen)
    pooled = layers["din"](history, target, mask, training=True)
    return {"din": pooled, "twin": interest, "positions": positions}


def differentiate_jax(layers, trained, fixed):
    import jax

    def loss(values):
        state = [*values, *(v.value for v in fixed)]
        mapping = list(zip([*trained, *fixed], state, strict=True))
        with keras.StatelessScope(state_mapping=mapping):
            return forward(layers)

    compiled = jax.jit(jax.value_and_grad(loss, has_aux=True))
    (_, outputs), gradients = compiled([v.value for v in trained])
    return outputs, gradients


def differentiate_tensorflow(layers, trained, fixed):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        total, outputs = forward(layers)
    values = [v.value for v in trained]
    gradients = tape.gradient(total, values, unconnected_gradients="zero")
    return outputs, [tf.convert_to_tensor(gradient) for gradient in gradients]


def numbers(dtype):
    """Every output and gradient as a NumPy array, by name."""
    layers = build_layers(dtype)
    trained = [v for layer in layers.values() for v in layer.trainable_variables]
    fixed = [v for layer in layers.values() for v in layer.non_trainable_variables]
    on_jax = keras.backend.backend() == "jax"
    differentiate = differentiate_jax if on_jax else differentiate_tensorflow
    outputs, gradients = differentiate(layers, trained, fixed)
    found = {name: np.asarray(value) for name, value in outputs.items()}
    for index, gradient in enumerate(gradients):
        found[f"gradient{index}"] = np.asarray(gradient)
    return found


if __name__ == "__main__":
    np.savez(sys.argv[1], **numbers(sys.argv[2]))
    optional = {"gin", "tensorflow_datasets"} & set(sys.modules)
    if optional or sys.modules["tensorflow"] is not None:
        raise RuntimeError(f"The layers need Keras alone; received {optional}.")
