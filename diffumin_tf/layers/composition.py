"""Helpers that several layers share."""

import keras
from keras import ops


def component(value, default, **kwargs):
    """A constructor argument that is a layer, its saved config, or None.

    Args:
        value: An instance, the dictionary that `serialize_keras_object` made of
            one, or None.
        default: The class to build when `value` is None.
        **kwargs: Arguments of `default`.
    """
    if value is None:
        return default(**kwargs)
    if isinstance(value, dict):
        # The owner builds it, as it does an instance; a second build is refused.
        saved = {key: part for key, part in value.items() if key != "build_config"}
        return keras.saving.deserialize_keras_object(saved)
    return value


def precise_dtype(dtype):
    """The float dtype for what must not be rounded below float32."""
    return "float64" if "float64" in str(dtype) else "float32"


def repeat(body, count, state):
    """`state = body(index, state)` for index 0..count − 1, differentiable.

    TensorFlow's gradient needs a bounded `while_loop` to compile; JAX has none for
    `while_loop`, but one for a loop of fixed length.
    """
    if keras.backend.backend() != "tensorflow":
        return ops.fori_loop(0, count, body, state)
    _, state = ops.while_loop(
        lambda index, _: index < count,
        lambda index, state: (index + 1, body(index, state)),
        (ops.convert_to_tensor(0, dtype="int32"), state),
        maximum_iterations=count,
    )
    return state
