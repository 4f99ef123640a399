"""The columns of records, from the columns of a log."""

import numpy as np

from diffumin_tf.data.logs.splits import TRAIN
from diffumin_tf.features import DenseField, FeatureSpec, Field


class RecordColumns:
    """Makes the columns that a schema's users have.

    Args:
        plan: `Plan`.
        tables: Internal name to `Table`, for each column of ids.
        dtypes: Internal name to `"int64"` or `"string"`, for the same.
        items: Internal name to array `[N]`, the ids of items by number.
    """

    def __init__(self, plan, tables, dtypes, items):
        self._plan = plan
        self._tables = tables
        self._dtypes = dtypes
        self._items = items
        self._log_fields = {f"item/{name}" for name in plan.columns.item_fields}
        self._numbers = plan.columns.context_numbers

    def features(self):
        """The `FeatureSpec` of the records."""
        fields = [
            Field(f"{role}/{self._tables[name].name}", self._tables[name].name, role, d)
            for name, d in self._dtypes.items()
            for role in _roles(name)
        ]
        dense = [DenseField(f"context/{name}", "context") for name in self._numbers]
        return FeatureSpec(tuple(self._tables.values()), fields, dense)

    def of(self, rows, shown):
        """Name to array of all users together, those of one user in one run.

        Args:
            rows: `UserRows`.
            shown: Their `Impressions`.
        """
        arrays, at = rows.arrays, shown.rows
        columns = {
            "user_key": rows.user_keys,
            "history_time": arrays["time"][rows.behaves],
            "impression_time": arrays["time"][at],
            "history_length": rows.history_length[at],
            "label": shown.labels,
        }
        if self._plan.split == "user":
            columns["split"] = arrays["part"][at].astype(np.int64) - TRAIN
        if "weight" in arrays:
            columns["weight"] = arrays["weight"][at]
        for name in self._numbers:
            columns[f"context/{name}"] = arrays[f"number/{name}"][at]
        for name, table in self._tables.items():
            for role in _roles(name):
                columns[f"{role}/{table.name}"] = self._ids(name, role, rows, shown)
        return columns

    def _ids(self, name, role, rows, shown):
        arrays = rows.arrays
        if role == "user":
            return arrays[name][rows.starts] if name == "user" else _first(rows, name)
        if role == "context":
            return arrays[name][shown.rows]
        at = np.flatnonzero(rows.behaves) if role == "history" else shown.rows
        if role == "history":
            codes, known = arrays["code"][at], np.ones(len(at), bool)
        else:
            codes, known = shown.codes, ~shown.drawn
        ids = self._items[name][codes]
        if name not in self._log_fields:
            return ids
        # A row tells its own fields; of an item drawn nothing but the item is known.
        return np.where(known, arrays[name][at], ids)


def _roles(name):
    """The roles in which a column of the log stands in a record."""
    if name.startswith("context/"):
        return ("context",)
    is_user = name == "user" or name.startswith("user/")
    return ("user",) if is_user else ("history", "target")


def _first(rows, name):
    """The first id `[U]` of each user that is one, else no id."""
    values = rows.arrays[name]
    none = 0 if values.dtype.kind == "i" else ""
    first = values[rows.starts].copy()
    some = np.flatnonzero(values != none)
    owners, places = np.unique(rows.owner[some], return_index=True)
    first[owners] = values[some[places]]
    return first
