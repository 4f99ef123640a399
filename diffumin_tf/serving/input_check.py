"""What a request must be before a signature runs on it."""

import numpy as np

_STRINGS = "OSU"


def check_inputs(arrays, specs, where):
    """Compares a request with the inputs of a signature.

    TF Serving finds some of this only in the graph, whose errors name no input.

    Args:
        arrays: Name to array.
        specs: Name to `tf.TensorSpec`.
        where: What the error calls the signature.

    Raises:
        ValueError: If a name is missing or unknown, or a type or shape another; it
            lists all that is wrong.
    """
    told = [f"no {name}" for name in specs if name not in arrays]
    told += [f"{name}, which is none of them" for name in arrays if name not in specs]
    for name, spec in specs.items():
        if name in arrays:
            told += _differences(name, np.asarray(arrays[name]), spec)
    if told:
        raise ValueError(
            f"a request must have the inputs of {where}: {describe(specs)}. Received: "
            f"{'; '.join(told)}."
        )


def describe(specs):
    """The names, types and shapes of `tf.TensorSpec` by name, as text."""
    return ", ".join(
        f"{name} {spec.dtype.name} {_shape(spec.shape)}" for name, spec in specs.items()
    )


def _differences(name, array, spec):
    strings = array.dtype.kind in _STRINGS and spec.dtype.name == "string"
    if not strings and array.dtype != spec.dtype.as_numpy_dtype:
        yield f"{name} of type {array.dtype}"
    if not spec.shape.is_compatible_with(array.shape):
        yield f"{name} of shape {_shape(array.shape)}"


def _shape(sizes):
    if getattr(sizes, "rank", 0) is None:  # A `tf.TensorShape` of any rank.
        return "of any shape"
    return f"[{', '.join('?' if size is None else str(size) for size in sizes)}]"
