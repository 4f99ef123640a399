"""The values of a REST request as arrays: JSON knows neither types nor shapes."""

import base64
import binascii
import json
import math

import numpy as np

_SHOWN = 40  # Characters of a value that an error quotes.


def rest_array(value, dtype, place):
    """Returns nested lists of JSON values as an array.

    Args:
        value: A number, string, boolean or `{"b64": ...}` object, or lists of them.
        dtype: The `tf.DType` that the signature wants.
        place: Function of a list of indices that says where in the request that is.

    Returns:
        An array of that type; strings as an array of bytes.

    Raises:
        ValueError: If lists are of unequal lengths, or a value does not fit the type;
            it names the first such place.
    """
    leaves, shape = _flatten(value, place)
    wanted, fits = _rule(dtype)
    for position, leaf in enumerate(leaves):
        if not fits(leaf):
            where = place(_indices(position, shape))
            raise ValueError(f"{where} must be {wanted}. Received: {describe(leaf)}.")
    if dtype.name == "string":
        leaves = [_bytes(leaf) for leaf in leaves]
    return np.array(leaves, dtype.as_numpy_dtype).reshape(shape)


def is_base64(value):
    """Whether a JSON value is an object that stands for bytes."""
    return (
        isinstance(value, dict)
        and list(value) == ["b64"]
        and isinstance(value["b64"], str)
    )


def describe(value):
    """A JSON value as an error quotes it."""
    text = json.dumps(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _flatten(value, place):
    """The leaves in order, and the shape that their lists have."""
    level, shape = [value], []
    while any(isinstance(entry, list) for entry in level):
        _check_lengths(level, shape, place)
        shape.append(len(level[0]))
        level = [leaf for entry in level for leaf in entry]
    return level, shape


def _check_lengths(level, shape, place):
    sizes = [len(entry) if isinstance(entry, list) else None for entry in level]
    for position, size in enumerate(sizes):
        if size != sizes[0]:
            first, other = (place(_indices(p, shape)) for p in (0, position))
            raise ValueError(
                "a tensor's lists must be equally long, ragged ones are none; fill up "
                f"the shorter. Received: {_size(sizes[0])} at {first}, {_size(size)} "
                f"at {other}."
            )


def _size(size):
    return "no list" if size is None else f"a list of {size}"


def _indices(position, shape):
    return [int(index) for index in np.unravel_index(position, shape)]


def _rule(dtype):
    """What a value must be, in words and as a function of the value."""
    if dtype.name == "string":
        return 'a string or {"b64": "..."} with base64', _is_string
    if dtype.is_bool:
        return "true or false", lambda value: isinstance(value, bool)
    if dtype.is_integer:
        limits = np.iinfo(dtype.as_numpy_dtype)
        wanted = f"a whole number that fits {dtype.name}"
        # isinstance would take true for 1.
        return (
            wanted,
            lambda value: type(value) is int and limits.min <= value <= limits.max,
        )
    if dtype.name in ("float32", "float64"):
        return f"a finite number that fits {dtype.name}", _float_rule(dtype)
    raise ValueError(f"REST must not be used for tensors of type {dtype.name}.")


def _float_rule(dtype):
    # TF Serving refuses whole numbers that the type might round.
    whole = 2 ** (np.finfo(dtype.as_numpy_dtype).nmant + 1)
    largest = float(np.finfo(dtype.as_numpy_dtype).max)

    def fits(value):
        if type(value) is int:
            return abs(value) < whole
        return type(value) is float and math.isfinite(value) and abs(value) <= largest

    return fits


def _is_string(value):
    if not is_base64(value):
        return isinstance(value, str)
    try:
        base64.b64decode(value["b64"], validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _bytes(value):
    if isinstance(value, str):
        return value.encode()
    return base64.b64decode(value["b64"])
