"""Users with every kind of column, as `write_users` takes them."""

import numpy as np

from diffumin_tf.data.records import write_users
from diffumin_tf.data.schema import Schema
from diffumin_tf.features import DenseField, FeatureSpec, Field, Table

FEATURES = FeatureSpec(
    tables=(
        Table("item", "hashed", 50),
        Table("kind", "vocabulary", 2, ("a", "b")),
        Table("hour", "dense", 24),
        Table("user", "hashed", 20),
    ),
    fields=(
        Field("history/item", "item", "history"),
        Field("target/item", "item", "target"),
        Field("history/kind", "kind", "history", "string"),
        Field("target/kind", "kind", "target", "string"),
        Field("user/name", "user", "user", "string"),
        Field("context/hour", "hour", "context"),
    ),
    dense_fields=(DenseField("context/price", "context"),),
)
SCHEMA = Schema(
    FEATURES, {"train": (0, 100), "test": (100, 200)}, num_users=2, extra=("weight",)
)
USERS = (
    {
        "user_key": [7],
        "history_time": [10, 20, 120],
        "history/item": [1, 2, 3],
        "history/kind": ["a", "b", ""],
        "impression_time": [5, 30, 110, 130],
        "history_length": [0, 2, 2, 3],
        "label": [0.0, 1.0, 0.0, 1.0],
        "target/item": [4, 5, 6, 7],
        "target/kind": ["b", "a", "new", "a"],
        "user/name": ["Ümit"],
        "context/hour": [1, 2, 3, 0],
        "context/price": [0.5, 1.5, 2.5, 3.5],
        "weight": [1.0, 2.0, 3.0, 4.0],
    },
    {
        "user_key": [-8],
        "history_time": [],
        "history/item": [],
        "history/kind": [],
        "impression_time": [99],
        "history_length": [0],
        "label": [1.0],
        "target/item": [9],
        "target/kind": [""],
        "user/name": [""],
        "context/hour": [24],
        "context/price": [-1.0],
        "weight": [0.0],
    },
)


def write_small_users(directory, schema=SCHEMA, users=USERS, num_shards=2):
    """Writes users, lists in place of arrays, and returns the directory."""
    dtypes = {"string": object, "int64": np.int64, "float32": np.float32}
    arrays = [
        {n: np.array(v, dtypes[schema.columns[n].dtype]) for n, v in user.items()}
        for user in users
    ]
    write_users(directory, arrays, schema, num_shards)
    return str(directory)
