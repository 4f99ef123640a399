"""A source of hand-written users, held in memory."""

from types import SimpleNamespace

import numpy as np
import tensorflow as tf


class FakeSource:
    """Yields the given users; with a seed, in an order of (seed, epoch).

    Args:
        features: `FeatureSpec` of the users.
        users: List of dictionaries, a list or an array for each column.
        splits: Time range of each split.
        extra: Names of the extra float columns.
        split_by_user: Whether the users have a `split` for each impression.
    """

    def __init__(self, features, users, splits, extra=(), split_by_user=False):
        self.schema = SimpleNamespace(
            features=features,
            splits=splits,
            extra=extra,
            num_users=len(users),
            split_by_user=split_by_user,
        )
        self._users = [
            {name: _column(name, values, features) for name, values in user.items()}
            for user in users
        ]

    def users(self, seed=None, epoch=0):
        order = np.arange(len(self._users))
        if seed is not None:
            order = np.random.default_rng([seed, epoch]).permutation(order)
        signature = {
            name: tf.TensorSpec([None], values.dtype)
            for name, values in self._users[0].items()
        }
        return tf.data.Dataset.from_generator(
            lambda: (self._users[number] for number in order),
            output_signature=signature,
        )


def _column(name, values, features):
    strings = {field.name for field in features.fields if field.dtype == "string"}
    numbers = {field.name for field in features.dense_fields} | {"label", "weight"}
    if name in strings:
        return tf.constant(values, tf.string)
    is_float = name in numbers or np.asarray(values).dtype.kind == "f"
    return tf.constant(values, tf.float32 if is_float else tf.int64)
