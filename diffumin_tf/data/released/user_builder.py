"""One user, put together from the records of its impressions."""

import numpy as np

from diffumin_tf.data.released.column_map import USER_NUMBER
from diffumin_tf.data.schema import HISTORY, IMPRESSION, USER


class UserBuilder:
    """Joins the windows that a user's impressions see to one history.

    Records of which the longest history holds all give the user back as it was.
    Behaviours that no window holds stay out, and each `history_length` counts what is
    there: the latest behaviours that an impression sees are those of its record.

    Args:
        schema: `Schema` of the users.
        columns: Native name to released name.
        struct: `DataStruct` of the records.
    """

    def __init__(self, schema, columns, struct):
        self._columns, self._label = columns, struct.label
        axes = {name: column.axis for name, column in schema.columns.items()}
        axes[USER_NUMBER] = USER
        self._names = {
            axis: [name for name in columns if axes[name] == axis]
            for axis in (USER, HISTORY, IMPRESSION)
        }
        self._user = None
        self._impressions = []
        self._positions = np.array([], np.int64)
        self._history = {n: np.array([], np.int64) for n in self._names[HISTORY]}

    def add(self, impression, where):
        """Adds an impression.

        Args:
            impression: As `ReleasedRecords` gives it.
            where: Its place, for the errors.

        Raises:
            ValueError: If it contradicts what was added before.
        """
        values = {n: impression[self._columns[n]] for n in self._names[USER]}
        if self._user is None:
            self._user = values
        for name, value in values.items():
            if value != self._user[name]:
                raise ValueError(
                    "records of one user must tell the same of it. "
                    f"Received: {self._columns[name]} {value} after "
                    f"{self._user[name]} in {where}."
                )
        values = {n: impression[self._columns[n]] for n in self._names[IMPRESSION]}
        self._impressions.append({**values, "label": impression[self._label]})
        self._add_window(impression, values["history_length"], where)

    def user(self):
        """Returns the user, name to 1-D array."""
        columns = {
            name: np.array([impression[name] for impression in self._impressions])
            for name in self._impressions[0]
        }
        lengths = np.searchsorted(self._positions, columns["history_length"])
        user = {n: np.array([v]) for n, v in self._user.items() if n != USER_NUMBER}
        return {**user, **self._history, **columns, "history_length": lengths}

    @property
    def num_lost(self):
        """Behaviours that an impression saw and that no record holds."""
        longest = max(entry["history_length"] for entry in self._impressions)
        return int(longest) - len(self._positions)

    def _add_window(self, impression, end, where):
        windows = {n: impression[self._columns[n]] for n in self._names[HISTORY]}
        if end < 0:
            raise ValueError(
                f"history_length must not be negative. Received: {end} in {where}."
            )
        seen = min(end, min(map(len, windows.values())))
        positions = np.arange(end - seen, end)
        latest_last = {name: values[:seen][::-1] for name, values in windows.items()}
        self._merge(positions, latest_last, where)

    def _merge(self, positions, window, where):
        """Adds behaviours at rising positions, where they are not known yet."""
        places = np.searchsorted(self._positions, positions)
        known = np.zeros(len(positions), bool)
        inside = places < len(self._positions)
        known[inside] = self._positions[places[inside]] == positions[inside]
        joined = np.concatenate([self._positions, positions[~known]])
        order = np.argsort(joined, kind="stable")
        for name, values in window.items():
            if np.any(values[known] != self._history[name][places[known]]):
                raise ValueError(
                    "records of one user must tell the same of a behaviour. Received: "
                    f"another {self._columns[name]} in {where}."
                )
            grown = np.concatenate([self._history[name], values[~known]])
            self._history[name] = grown[order]
        self._positions = joined[order]
