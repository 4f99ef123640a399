"""Finds and names the released record that a graph could not read."""

import numpy as np

from diffumin_tf.data.record_search import example_features, raw_records
from diffumin_tf.data.released.data_struct import GROUPS

LABEL = "label"
_KINDS = {"long": "int64_list", "float": "float_list"}


def check_impressions(paths, struct):
    """Reads every record and raises at the first that breaks the struct.

    Args:
        paths: The files.
        struct: `DataStruct` of the records in them.

    Raises:
        ValueError: Naming file, record, key and column.
        OSError: If a file cannot be read.
    """
    for path in paths:
        for number, record in enumerate(raw_records(path)):
            check_impression(record, struct, f"record {number} of {path}")


def check_impression(record, struct, where):
    """Raises a `ValueError` if a serialized record breaks the struct."""
    features = example_features(record, where)
    label = _values(features, LABEL, "float", [struct.label], where)
    if label not in ([0.0], [1.0]):
        raise ValueError(f"label must be 0 or 1. Received: {label[0]} in {where}.")
    for group, kind in GROUPS.items():
        names = getattr(struct, group)
        values = _values(features, group, kind, names, where)
        if kind == "float":
            _check_finite(values, group, names, where)


def _values(features, key, kind, names, where):
    """The values of a key, as many as there are columns."""
    columns = f"{names[0]} to {names[-1]}" if names else "none"
    if key not in features:
        if not names:
            return []
        raise ValueError(
            f"a record must have the key {key}, with the columns {columns}. "
            f"Received: {sorted(features)} in {where}."
        )
    found = features[key].WhichOneof("kind") or _KINDS[kind]
    if found != _KINDS[kind]:
        raise ValueError(
            f"{key}, with the columns {columns}, must be of type {_KINDS[kind]}. "
            f"Received: {found} in {where}."
        )
    values = list(getattr(features[key], found).value)
    if len(values) != len(names):
        lacks = f", so no {names[len(values)]}," if len(values) < len(names) else ""
        raise ValueError(
            f"{key} must have {len(names)} values, the columns {columns}. "
            f"Received: {len(values)}{lacks} in {where}."
        )
    return values


def _check_finite(values, group, names, where):
    wrong = np.flatnonzero(~np.isfinite(values))
    if wrong.size:
        raise ValueError(
            f"{group} must be finite. Received: {values[wrong[0]]} in column "
            f"{names[wrong[0]]} of {where}."
        )
