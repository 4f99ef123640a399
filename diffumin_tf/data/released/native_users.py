"""Users in the native format, of released records."""

import itertools

import numpy as np

from diffumin_tf.data.released.column_map import USER_NUMBER
from diffumin_tf.data.released.user_builder import UserBuilder
from diffumin_tf.data.schema import HISTORY

LOST = "behaviours that an impression saw and no record holds, left out"


def checked_impressions(records, columns, fields):
    """Yields (impression, place) and raises where an id is negative.

    Args:
        records: `ReleasedRecords`.
        columns: Native name to released name.
        fields: The native fields of ids.
    """
    names = list(dict.fromkeys(columns[field.name] for field in fields))
    for path, number, impression in records.numbered().as_numpy_iterator():
        where = f"record {number} of {path.decode()}"
        for name in names:
            if np.any(impression[name] < 0):
                raise ValueError(
                    f"ids must not be negative. Received: {np.min(impression[name])} "
                    f"in column {name} of {where}."
                )
        yield impression, where


def rebuilt_users(records, column_map, report):
    """Yields the users that `to_released` wrote.

    Args:
        records: `ReleasedRecords`.
        column_map: `ColumnMap` that tells users.
        report: `ConversionReport` to add to.

    Raises:
        ValueError: If a user's records are apart, contradict each other, or are not
            as many as there were.
    """
    schema, columns = column_map.schema, column_map.columns
    impressions = checked_impressions(records, columns, schema.features.fields)
    last = -1
    for key, group in itertools.groupby(
        impressions, key=lambda pair: pair[0][columns[USER_NUMBER]]
    ):
        builder = UserBuilder(schema, columns, records.struct)
        for impression, where in group:
            if key <= last:
                raise ValueError(
                    "records of one user must follow each other, and users rise. "
                    f"Received: {columns[USER_NUMBER]} {key} after {last} in {where}."
                )
            builder.add(impression, where)
            report.impressions += 1
        last = key
        report.users += 1
        report.add(LOST, builder.num_lost)
        yield builder.user()
    if column_map.num_impressions not in (None, report.impressions):
        raise ValueError(
            f"records must be as many as columns.json says, "
            f"{column_map.num_impressions}. Received: {report.impressions}."
        )


def single_impressions(records, column_map, schema, report):
    """Yields a user for each impression, with the history that its record holds.

    When the behaviours were is not known. So that all are strictly earlier, the latest
    is written as one second before the impression, the one before it as two, ...

    Args:
        records: `ReleasedRecords`, whose lists begin with the latest behaviour; it
            ends with the last that has an id.
        column_map: `ColumnMap` that does not tell users.
        schema: `Schema` of the users.
        report: `ConversionReport` to add to.
    """
    columns, label = column_map.columns, records.struct.label
    histories = [n for n in columns if schema.columns[n].axis == HISTORY]
    impressions = checked_impressions(records, columns, schema.features.fields)
    for number, (impression, _) in enumerate(impressions):
        user = {"user_key": np.array([number]), "impression_time": np.array([0])}
        user |= {n: np.atleast_1d(impression[columns[n]]) for n in columns}
        report.users += 1
        report.impressions += 1
        yield _with_history(user, histories) | {"label": np.array([impression[label]])}


def _with_history(user, histories):
    """Cuts lists behind the last id, turns them and adds the times."""
    used = np.flatnonzero(np.any([user[name] != 0 for name in histories], axis=0))
    length = used[-1] + 1 if used.size else 0
    return {
        **user,
        **{name: user[name][:length][::-1] for name in histories},
        "history_time": user["impression_time"] - np.arange(length, 0, -1),
        "history_length": np.array([length]),
    }
