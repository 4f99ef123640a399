"""The outputs of a signature as the JSON that TF Serving's REST API answers with."""

import base64
import json

import numpy as np

# TF Serving writes strings of such outputs in base64.
_BYTES_SUFFIX = "_bytes"


def rest_answer(outputs, rows):
    """Returns the body of an answer.

    Args:
        outputs: Name to array.
        rows: Whether the request came as `instances`: then the answer is
            `predictions`, an entry a row; else `outputs`. Either holds the values
            themselves where there is one output, and the outputs by name where there
            are several.

    Raises:
        ValueError: If rows are asked for, but the outputs do not have equally many.
    """
    outputs = dict(sorted(outputs.items()))
    if rows:
        _check_rows(outputs)
    values = {name: _json_values(name, array) for name, array in outputs.items()}
    if len(values) == 1:
        (found,) = values.values()
    elif rows:
        found = [
            dict(zip(values, row, strict=True))
            for row in zip(*values.values(), strict=True)
        ]
    else:
        found = values
    return json.dumps({"predictions" if rows else "outputs": found})


def _check_rows(outputs):
    shapes = {name: np.shape(array) for name, array in outputs.items()}
    if len({shape[:1] for shape in shapes.values()}) > 1 or () in shapes.values():
        told = ", ".join(f"{name} {list(shape)}" for name, shape in shapes.items())
        raise ValueError(
            "outputs must have a row for each instance; send such requests as inputs. "
            f"Received: shapes {told}."
        )


def _json_values(name, array):
    array = np.asarray(array)
    if array.dtype.kind in "biu":
        return array.tolist()
    values = np.empty(array.size, object)
    for place, value in enumerate(array.ravel()):
        values[place] = _json_value(name, value)
    return values.reshape(array.shape).tolist()


def _json_value(name, value):
    if isinstance(value, bytes):
        return _string(name, value)
    # The shortest decimals that give the same float32, not those of a float64.
    return float(str(value))


def _string(name, value):
    if name.endswith(_BYTES_SUFFIX):
        return {"b64": base64.b64encode(value).decode()}
    # TF Serving writes such bytes as they are, which is no JSON if they are no UTF-8.
    return value.decode(errors="replace")
