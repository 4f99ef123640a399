"""What must hold of a user before it is written."""

import numpy as np

from diffumin_tf.data.schema import HISTORY, IMPRESSION, SIZE, SPLIT, USER

_KINDS = {"int64": "iu", "float32": "f", "string": "USO"}


def check_user(user, schema, where):
    """Raises a `ValueError` if a user is not what its schema says.

    Args:
        user: Name to 1-D array.
        schema: `Schema`.
        where: The user's place, for the error.
    """
    _check_columns(user, schema, where)
    _check_lengths(user, schema, where)
    _check_ids(user, schema.features, where)
    _check_impressions(user, schema, where)
    _check_times(user, where)
    if schema.split_by_user:
        _check_splits(user, len(schema.splits), where)
    if schema.clustered and np.min(user[SIZE], initial=1) < 1:
        raise ValueError(
            f"{SIZE} must be at least 1. Received: {np.min(user[SIZE])} in {where}."
        )


def _check_columns(user, schema, where):
    missing = sorted(set(schema.columns) - set(user))
    unknown = sorted(set(user) - set(schema.columns))
    if missing or unknown:
        raise ValueError(
            "a user must have the schema's columns. "
            f"Received: no {missing}, unknown {unknown} in {where}."
        )
    for name, column in schema.columns.items():
        array = np.asarray(user[name])
        kinds = _KINDS[column.dtype]
        if array.ndim != 1 or (array.size and array.dtype.kind not in kinds):
            raise ValueError(
                f"{name} must be 1-D of {column.dtype}. Received: "
                f"shape={array.shape}, dtype={array.dtype} in {where}."
            )


def _check_lengths(user, schema, where):
    expected = {
        USER: ("user_key", 1),
        HISTORY: ("history_time", len(user["history_time"])),
        IMPRESSION: ("impression_time", len(user["impression_time"])),
    }
    for name, column in schema.columns.items():
        like, length = expected[column.axis]
        if len(user[name]) != length:
            raise ValueError(
                f"{name} must have {length} values, as {like} has. "
                f"Received: {len(user[name])} in {where}."
            )


def _check_ids(user, spec, where):
    for field in spec.fields:
        if field.dtype != "int64" or not len(user[field.name]):
            continue
        table = spec.table(field.table)
        low, high = np.min(user[field.name]), np.max(user[field.name])
        if low < 0:
            raise ValueError(
                f"ids must not be negative. Received: {low} in {field.name} of {where}."
            )
        if table.kind == "dense" and high > table.size:
            raise ValueError(
                f"ids of the dense table {table.name!r} must be at most {table.size}. "
                f"Received: {high} in {field.name} of {where}."
            )


def _check_impressions(user, schema, where):
    labels = np.asarray(user["label"])
    if wrong := sorted(set(labels.tolist()) - {0.0, 1.0}):
        raise ValueError(f"label must be 0 or 1. Received: {wrong[0]} in {where}.")
    floats = [name for name, c in schema.columns.items() if c.dtype == "float32"]
    for name in floats:
        if not np.all(np.isfinite(user[name])):
            raise ValueError(
                f"{name} must be finite. Received: {user[name]} in {where}."
            )
    if "weight" in user and np.any(np.asarray(user["weight"]) < 0):
        raise ValueError(
            f"weight must not be negative. Received: {user['weight']} in {where}."
        )


def _check_splits(user, num_splits, where):
    splits = np.asarray(user[SPLIT])
    if np.any((splits < 0) | (splits >= num_splits)) or np.any(np.diff(splits) < 0):
        raise ValueError(
            f"split must be from 0 to {num_splits - 1} and not decrease. "
            f"Received: {splits} in {where}."
        )


def _check_times(user, where):
    for name in ("history_time", "impression_time"):
        steps = np.diff(user[name])
        if np.any(steps < 0):
            raise ValueError(
                f"{name} must not decrease. Received: a step of {steps.min()} s "
                f"in {where}."
            )
    times, lengths = np.asarray(user["history_time"]), user["history_length"]
    for shown, length in zip(user["impression_time"], lengths, strict=True):
        if not 0 <= length <= len(times):
            raise ValueError(
                f"history_length must be from 0 to {len(times)}, the behaviours "
                f"there are. Received: {length} in {where}."
            )
        # Equal times are possible: a log's order may be finer than its clock.
        if length and times[length - 1] > shown:
            raise ValueError(
                "history_length must hold earlier behaviours only. Received: one at "
                f"{times[length - 1]} s for the impression at {shown} s in {where}."
            )
