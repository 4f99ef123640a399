"""The JSON of TF Serving's REST API, `POST …:predict`, as arrays."""

import json
from dataclasses import dataclass

import numpy as np

from diffumin_tf.serving.predict_request import DEFAULT_SIGNATURE
from diffumin_tf.serving.rest_values import describe, is_base64, rest_array

_KEYS = ("signature_name", "instances", "inputs")


@dataclass(frozen=True)
class RestRequest:
    """A request in TF Serving's JSON.

    Attributes:
        signature: Name of the signature.
        arrays: The inputs by name.
        rows: Whether it came as `instances`, a row an instance, and not as `inputs`,
            a tensor an input. The answer has the same form.
    """

    signature: str
    arrays: dict[str, np.ndarray]
    rows: bool


def parse_rest_request(text, signatures):
    """Reads a request as TF Serving does, or more strictly.

    TF Serving takes NaN and ignores unknown keys, both in the request and in
    `inputs`; here they are errors, for both are slips.

    Args:
        text: The body, a string or bytes.
        signatures: Name of a signature to its inputs: name to `tf.TensorSpec`.

    Returns:
        A `RestRequest`.

    Raises:
        ValueError: If it is no such request; it names the input and the place.
    """
    body = _read_json(text)
    signature = body.get("signature_name", DEFAULT_SIGNATURE)
    if signature not in list(signatures):
        raise ValueError(
            "signature_name must be a signature of the model: "
            f"{', '.join(sorted(signatures))}. Received: {describe(signature)}."
        )
    specs = signatures[signature]
    rows = "instances" in body
    read = _from_rows if rows else _from_columns
    arrays = read(body["instances" if rows else "inputs"], specs)
    return RestRequest(signature, arrays, rows)


def _read_json(text):
    try:
        body = json.loads(text, object_pairs_hook=_without_doubles)
    except json.JSONDecodeError as error:
        raise ValueError(
            f"a REST request must be JSON. Received: {error.msg} in line "
            f"{error.lineno}, column {error.colno}."
        ) from None
    except UnicodeDecodeError as error:
        raise ValueError(f"a REST request must be UTF-8. Received: {error}.") from None
    except RecursionError:
        raise ValueError(
            "a REST request must be JSON that nests lists as deep as its tensors. "
            "Received: hundreds of brackets in each other."
        ) from None
    unknown = set(body) - set(_KEYS) if isinstance(body, dict) else {"no object"}
    if unknown or ("instances" in body) == ("inputs" in body):
        raise ValueError(
            "a REST request must be an object of one of instances and inputs, and of "
            f"signature_name if need be. Received: {_keys(body)}."
        )
    return body


def _keys(body):
    return ", ".join(body) or "{}" if isinstance(body, dict) else describe(body)


def _without_doubles(pairs):
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise ValueError(
            f"a REST request must name each key once. Received: {double!r} twice in "
            "one object."
        )
    return found


def _from_rows(instances, specs):
    if not isinstance(instances, list) or not instances:
        raise ValueError(
            "instances must be a list of at least one. Received: "
            f"{describe(instances)}."
        )
    if len(specs) == 1 and not _is_object(instances[0]):
        (name,) = specs
        return {name: rest_array(instances, specs[name].dtype, _place("instances"))}
    for number, instance in enumerate(instances):
        _check_names(instance, specs, f"instances[{number}]")
    return {
        name: rest_array(
            [instance[name] for instance in instances],
            spec.dtype,
            # A row's number comes before the input's name.
            lambda found, name=name: (
                f"{_at('instances', found[:1])}{_at('.' + name, found[1:])}"
            ),
        )
        for name, spec in specs.items()
    }


def _from_columns(inputs, specs):
    if len(specs) == 1 and not _is_object(inputs):
        (name,) = specs
        return {name: rest_array(inputs, specs[name].dtype, _place("inputs"))}
    _check_names(inputs, specs, "inputs")
    return {
        name: rest_array(inputs[name], spec.dtype, _place(f"inputs.{name}"))
        for name, spec in specs.items()
    }


def _check_names(found, specs, where):
    if not _is_object(found):
        raise ValueError(
            f"{where} must be an object with the inputs of the signature: "
            f"{', '.join(specs)}. Received: {describe(found)}."
        )
    missing = [name for name in specs if name not in found]
    unknown = [name for name in found if name not in specs]
    if missing or unknown:
        told = [f"no {name}" for name in missing]
        told += [f"{name}, which it does not have" for name in unknown]
        raise ValueError(
            f"{where} must have the inputs of the signature. Received: "
            f"{'; '.join(told)}."
        )


def _is_object(value):
    return isinstance(value, dict) and not is_base64(value)


def _place(name):
    return lambda indices: _at(name, indices)


def _at(name, indices):
    return name + "".join(f"[{index}]" for index in indices)
