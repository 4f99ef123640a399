"""What the tests of layers share: one harness, small arrays, gradients."""

import json
import resource
from contextlib import contextmanager

import keras
import numpy as np
import tensorflow as tf

_POLICIES = {"float64": "float64", "float32": "float32", "mixed_bfloat16": "bfloat16"}


def arrays(seed, *shapes):
    """Standard normal float64 arrays of the given shapes."""
    rng = np.random.default_rng(seed)
    found = tuple(rng.normal(size=shape) for shape in shapes)
    return found if len(found) > 1 else found[0]


def randomise(layer, seed=0):
    """Replaces every weight by normal draws, variances by positive ones."""
    rng = np.random.default_rng(seed)
    for variable in layer.weights:
        values = 0.5 * rng.normal(size=variable.shape)
        positive = "variance" in variable.name or "deviation" in variable.name
        variable.assign(np.abs(values) + 0.5 if positive else values)
    return layer


@contextmanager
def file_size_limit(num_bytes):
    """Makes files of this process fail beyond a size, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (num_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def in_graph(function, **options):
    """`function` as a graph: some loops are slow when run operation by operation."""
    return tf.function(function, autograph=False, **options)


def gradients(function, *inputs):
    """Gradients of the sum of `function(*inputs)` with respect to float64 inputs."""
    inputs = [tf.constant(value, "float64") for value in inputs]
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        total = sum(tf.reduce_sum(out) for out in keras.tree.flatten(function(*inputs)))
    found = tape.gradient(total, inputs, unconnected_gradients="zero")
    return found[0].numpy() if len(found) == 1 else [g.numpy() for g in found]


def run_layer_test(make, inputs, trainable, fixed=0, call=None, jit=True):
    """Everything that holds for each layer, whatever it computes.

    Args:
        make: Function of a dtype policy that returns the layer, unbuilt.
        inputs: NumPy arrays; the layer is built on the shape of the first.
        trainable: How many trainable numbers it has once built.
        fixed: How many others.
        call: Function of the layer and its inputs; None to call the layer.
        jit: Whether XLA must compile it to the same outputs.
    """
    call = call or (lambda layer, *tensors: layer(*tensors))
    layer = _built(make, "float64", inputs)
    counts = [sum(v.numpy().size for v in layer.trainable_weights)]
    counts.append(sum(v.numpy().size for v in layer.non_trainable_weights))
    assert counts == [trainable, fixed]
    randomise(layer)
    wanted = _outputs(call, layer, inputs, "float64")
    _check_config(layer, inputs, call, wanted)
    if jit:
        _check_equal(_outputs(call, layer, inputs, "float64", True), wanted, 1e-9)
    for policy in ("float32", "mixed_bfloat16"):
        other = _built(make, policy, inputs)
        other.set_weights(layer.get_weights())
        assert {v.dtype for v in other.trainable_weights} <= {"float32"}
        found = _outputs(call, other, inputs, _POLICIES[policy])
        assert all(np.isfinite(value).all() for value in found)
        if policy == "float32":
            _check_equal(found, wanted, 1e-4)


def _built(make, policy, inputs):
    layer = make(policy)
    layer.build(inputs[0].shape)
    return layer


def _check_config(layer, inputs, call, wanted):
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(layer)))
    copy = keras.saving.deserialize_keras_object(config)
    if not copy.built:
        copy.build(inputs[0].shape)
    copy.set_weights(layer.get_weights())
    _check_equal(_outputs(call, copy, inputs, "float64"), wanted, 1e-12)


def _cast(inputs, dtype):
    return [
        tf.cast(value, dtype) if value.dtype == "float64" else tf.constant(value)
        for value in inputs
    ]


def _outputs(call, layer, inputs, dtype, jit=False):
    function = in_graph(lambda *tensors: call(layer, *tensors), jit_compile=jit)
    return _flat(function(*_cast(inputs, dtype)))


def _flat(outputs):
    return [tf.cast(out, "float64").numpy() for out in keras.tree.flatten(outputs)]


def _check_equal(found, wanted, tolerance):
    for got, want in zip(found, wanted, strict=True):
        np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)
