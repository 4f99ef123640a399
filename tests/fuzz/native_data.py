"""A small data set with a column of every kind, and a naive check of what is read."""

import math

import numpy as np

from diffumin_tf.data.schema import Schema
from diffumin_tf.features import DenseField, FeatureSpec, Field, Table

SCHEMA = Schema(
    features=FeatureSpec(
        tables=(
            Table("item", "dense", 9),
            Table("shop", "hashed", 5),
            Table("city", "vocabulary", 2, ("a", "b")),
        ),
        fields=(
            Field("history/item", "item", "history"),
            Field("history/city", "city", "history", "string"),
            Field("target/item", "item", "target"),
            Field("target/city", "city", "target", "string"),
            Field("user/shop", "shop", "user"),
        ),
        dense_fields=(DenseField("context/price", "context"),),
    ),
    splits={"train": (0, 50), "test": (50, 100)},
    num_users=12,
    extra=("weight",),
)
_ROLES = {"user": 1, "history": "history_time"}


def make_user(number):
    """A user of the schema; a pure function of its number."""
    rng = np.random.default_rng(number)
    behaviours, impressions = rng.integers(2, 9), rng.integers(2, 6)
    times = np.sort(rng.integers(0, 90, behaviours))
    shown = np.sort(rng.integers(10, 100, impressions))
    return {
        "user_key": np.array([number + 1]),
        "user/shop": rng.integers(0, 99, 1),
        "history/item": rng.integers(0, 10, behaviours),
        "history/city": rng.choice(["a", "b", "c", ""], behaviours),
        "history_time": times,
        "target/item": rng.integers(0, 10, impressions),
        "target/city": rng.choice(["a", "b"], impressions),
        "context/price": rng.normal(size=impressions),
        "impression_time": shown,
        "history_length": np.searchsorted(times, shown),
        "label": rng.integers(0, 2, impressions).astype(float),
        "weight": rng.random(impressions),
    }


def faults(user, schema):
    """What is wrong with a user, by loops over single values.

    Args:
        user: Name to list.
        schema: The dictionary that `schema.json` holds.
    """
    features = schema["features"]
    sizes = {t["name"]: t["size"] for t in features["tables"] if t["kind"] == "dense"}
    found = []
    for field in features["fields"]:
        for value in user[field["name"]]:
            if field.get("dtype") != "string":
                if not 0 <= value <= sizes.get(field["table"], 2**63):
                    found.append(field["name"])
        role = field["role"]
        expected = _ROLES.get(role, "impression_time")
        expected = expected if role == "user" else len(user[expected])
        if len(user[field["name"]]) != expected:
            found.append(f"length of {field['name']}")
    names = [entry["name"] for entry in features.get("dense_fields", [])]
    for name in ("label", *names, *schema.get("extra", [])):
        expected = 1 if name.startswith("user/") else len(user["impression_time"])
        if len(user[name]) != expected or not all(map(math.isfinite, user[name])):
            found.append(name)
    return found + _other_faults(user)


def _other_faults(user):
    found = []
    if len(user["user_key"]) != 1:
        found.append("user_key")
    if any(label not in (0, 1) for label in user["label"]):
        found.append("label")
    if any(weight < 0 for weight in user.get("weight", [])):
        found.append("weight")
    for name in ("history_time", "impression_time"):
        if sorted(user[name]) != list(user[name]):
            found.append(name)
    if len(user["history_length"]) != len(user["impression_time"]):
        return [*found, "length of history_length"]
    pairs = zip(user["history_length"], user["impression_time"], strict=True)
    for length, shown in pairs:
        if not 0 <= length <= len(user["history_time"]):
            found.append("history_length")
        elif any(time > shown for time in user["history_time"][:length]):
            found.append("a behaviour after its impression")
    return found
