"""From the records of the released code to a directory in the native format."""

import dataclasses

import tensorflow as tf

from diffumin_tf.data.readable_errors import readable_errors
from diffumin_tf.data.records import write_users
from diffumin_tf.data.released.column_map import FILE_NAME, USER_NUMBER, ColumnMap
from diffumin_tf.data.released.column_rule import map_of_struct
from diffumin_tf.data.released.conversion_report import ConversionReport
from diffumin_tf.data.released.made_schema import check_columns, make_schema
from diffumin_tf.data.released.native_users import rebuilt_users, single_impressions
from diffumin_tf.data.released.released_records import (
    ReleasedRecords,
    beside,
    read_bytes,
)


def to_native(
    files, directory, struct=None, columns=None, num_shards=1, compression=None
):
    """Writes released records in the native format.

    Records of `to_released` give the users back. Of others nobody knows which belong
    together and which behaviours they share: each becomes a user of its own.

    Args:
        files: A file, a pattern or a directory of records.
        directory: New or empty directory.
        struct: Path of `data_struct.json`; None for the one with the files.
        columns: Path of a `columns.json`; None for the one with the files or, where
            there is none, for what the columns' names tell.
        num_shards: Number of files.
        compression: `None` or `"GZIP"`.

    Returns:
        `ConversionReport`.

    Raises:
        ValueError: If the records, the struct or the columns do not hold.
        OSError: If a file cannot be read or written.
    """
    records = ReleasedRecords(files, struct)
    column_map = _find_map(str(files).rstrip("/"), columns, records.struct)
    column_map.check(records.struct)
    report = ConversionReport(not_taken=tuple(column_map.not_taken(records.struct)))
    with readable_errors(records):
        schema = _schema(column_map, records)
        check_columns(column_map, records.struct, schema)
        if column_map.tells_users:
            users = rebuilt_users(records, column_map, report)
        else:
            users = single_impressions(records, column_map, schema, report)
        write_users(directory, users, schema, num_shards, compression)
    return report


def _find_map(files, path, struct):
    usual = beside(files, FILE_NAME)
    if path is None and not tf.io.gfile.exists(usual):
        if USER_NUMBER in struct.columns:
            raise FileNotFoundError(
                f"records that tell their users need their {FILE_NAME}. Received: none "
                f"at {usual}."
            )
        return map_of_struct(struct)
    return read_map(path or usual)


def read_map(path):
    """Returns the `ColumnMap` of a file.

    Raises:
        OSError: If there is none.
        ValueError: If it does not hold.
    """
    rule = "columns must be a file of names"
    return ColumnMap.from_json(read_bytes(path, rule), path)


def _schema(column_map, records):
    if column_map.tells_users:
        return column_map.schema
    # In a pass of its own: a schema is known before its users are written.
    count, first, last = 0, 0, 0
    name = column_map.columns.get("impression_time")
    for impression in records.impressions().as_numpy_iterator():
        time = int(impression[name]) if name else 0
        first, last = (min(first, time), max(last, time)) if count else (time, time)
        count += 1
    if column_map.schema is not None:
        return dataclasses.replace(column_map.schema, num_users=count)
    return make_schema(column_map, records.struct, count, (first, last + 1))
