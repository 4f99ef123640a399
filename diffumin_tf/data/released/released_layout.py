"""The impressions of native users as records of the released code."""

import numpy as np
import tensorflow as tf

from diffumin_tf.data.released.column_map import USER_NUMBER
from diffumin_tf.data.released.column_rule import released_names
from diffumin_tf.data.released.data_struct import GROUPS, DataStruct
from diffumin_tf.data.released.impression_check import LABEL
from diffumin_tf.data.schema import HISTORY, IMPRESSION, USER, Column


class ReleasedLayout:
    """Where the columns of a schema stand in a released record.

    A list holds the latest `sequence_length` behaviours that the impression sees, the
    most recent first, and 0 beyond the end. Ids stand in `cat_feature`, numbers and
    the schema's `extra` in `dense_feature`; what the way back needs besides stands in
    `auxiliary_info`, where no model of the released code looks.

    Args:
        schema: `Schema` of the users.
        sequence_length: Number of behaviours of a record.
        given: Native name to released name, as `released_names` takes it.

    Attributes:
        columns: Native name to released name.
        struct: `DataStruct` of the records.

    Raises:
        ValueError: If a field holds text, or names collide.
    """

    def __init__(self, schema, sequence_length, given=None):
        if sequence_length < 1:
            raise ValueError(
                f"sequence_length must be at least 1. Received: {sequence_length}."
            )
        self.schema = schema
        self.sequence_length = sequence_length
        self.columns = released_names(schema, given or {})
        self._natives = schema.columns | {USER_NUMBER: Column(USER, "int64")}
        self._sources = {group: [] for group in GROUPS}
        for name in sorted(self.columns, key=self._is_list):
            sources = self._sources[self._group(name)]
            # A released column that several feed is there once.
            if self.columns[name] not in {self.columns[n] for n in sources}:
                sources.append(name)
        names = {group: self._spelled(group) for group in GROUPS}
        self.struct = DataStruct(**names)

    def records(self, user, number):
        """Yields a serialized record for each impression of a user.

        Args:
            user: Name to 1-D array, as in the schema.
            number: Number of the user.
        """
        user = {**user, USER_NUMBER: np.array([number])}
        self._check_twins(user, number)
        for place in range(len(user["label"])):
            feature = {LABEL: _numbers(user[LABEL][place : place + 1])}
            for group, kind in GROUPS.items():
                parts = [self._part(user, n, place) for n in self._sources[group]]
                values = np.concatenate(parts) if parts else np.array([])
                feature[group] = (_ids if kind == "long" else _numbers)(values)
            example = tf.train.Example(features=tf.train.Features(feature=feature))
            yield example.SerializeToString(deterministic=True)

    def _part(self, user, name, place):
        """The values of one column in the record of one impression."""
        axis, values = self._natives[name].axis, user[name]
        if axis == IMPRESSION:
            return values[place : place + 1]
        if axis == USER:
            return values
        end = user["history_length"][place]
        seen = values[max(end - self.sequence_length, 0) : end][::-1]
        return np.pad(seen, (0, self.sequence_length - len(seen)))

    def _is_list(self, name):
        return self._natives[name].axis == HISTORY

    def _group(self, name):
        column = self._natives[name]
        if column.dtype == "string":
            raise ValueError(
                "ids must be integers, for a released record holds no text. "
                f"Received: field {name} of type string."
            )
        if column.dtype == "float32":
            return "dense_feature"
        return "cat_feature" if "/" in name else "auxiliary_info"

    def _spelled(self, group):
        names = []
        for name in self._sources[group]:
            released = self.columns[name]
            if self._is_list(name):
                names += [f"{released}[{i}]" for i in range(self.sequence_length)]
            else:
                names.append(released)
        return names

    def _check_twins(self, user, number):
        first = {}
        for name, released in self.columns.items():
            other = first.setdefault(released, name)
            if not np.array_equal(user[name], user[other]):
                raise ValueError(
                    "columns that are given one released column must be equal. "
                    f"Received: different {other} and {name} for {released!r} in user "
                    f"number {number}."
                )


def _ids(values):
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values.tolist()))


def _numbers(values):
    return tf.train.Feature(float_list=tf.train.FloatList(value=values.tolist()))
