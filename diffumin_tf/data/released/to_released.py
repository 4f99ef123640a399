"""From users in the native format to the records of the released code."""

import dataclasses

import numpy as np
import tensorflow as tf

from diffumin_tf.data.new_directory import new_directory
from diffumin_tf.data.readable_errors import readable_errors
from diffumin_tf.data.released import column_map, data_struct
from diffumin_tf.data.released.column_map import ColumnMap
from diffumin_tf.data.released.conversion_report import ConversionReport
from diffumin_tf.data.released.released_layout import ReleasedLayout
from diffumin_tf.data.shard_files import SUFFIXES, check_sharding
from diffumin_tf.data.user_check import check_user

SILENT = "users without impressions, left out"
UNSEEN = "behaviours after their user's last impression, which none sees, left out"
CUT = "impressions see more behaviours than a record holds, cut to the latest"


def to_released(
    source, directory, sequence_length=None, num_shards=1, compression=None, given=None
):
    """Writes the impressions of users as released records, one after the other.

    Beside the files `part-00000-of-00004.tfrecord` stand `data_struct.json` and
    `columns.json`, with which `to_native` finds the way back. All is there, or
    nothing.

    Args:
        source: `UserRecords`, `IndustryWorld` or the like.
        directory: New or empty directory.
        sequence_length: Behaviours of a record; None for as many as any impression
            sees, found in a pass of its own. With fewer, histories are cut.
        num_shards: Number of files; a user stands in one.
        compression: `None` or `"GZIP"`.
        given: Native name to released name, where it is not to be the usual one.

    Returns:
        `ConversionReport`.

    Raises:
        ValueError: If an argument does not hold, a field is of text, or the source's
            users are not as its schema says.
    """
    check_sharding(num_shards, compression)
    ReleasedLayout(source.schema, sequence_length or 1, given)  # Fails early.
    with readable_errors(source), new_directory(directory) as draft:
        if sequence_length is None:
            sequence_length = _longest(source)
        layout = ReleasedLayout(source.schema, sequence_length, given)
        report = _write_shards(draft, source, layout, num_shards, compression)
        schema = dataclasses.replace(source.schema, num_users=report.users)
        columns = ColumnMap(layout.columns, schema, report.impressions)
        _write_text(f"{draft}/{data_struct.FILE_NAME}", layout.struct.to_json())
        _write_text(f"{draft}/{column_map.FILE_NAME}", columns.to_json())
    return report


def _longest(source):
    """Most behaviours that an impression sees, at least 1."""
    users = source.users().as_numpy_iterator()
    return max(max(user["history_length"], default=1) for user in users) or 1


def _write_shards(directory, source, layout, num_shards, compression):
    total, report = source.schema.num_users, ConversionReport()
    users = enumerate(source.users().as_numpy_iterator())
    for shard in range(num_shards):
        name = f"part-{shard:05d}-of-{num_shards:05d}.tfrecord{SUFFIXES[compression]}"
        with tf.io.TFRecordWriter(f"{directory}/{name}", compression) as writer:
            count = total * (shard + 1) // num_shards - total * shard // num_shards
            for _, (number, user) in zip(range(count), users, strict=False):
                check_user(user, source.schema, f"user number {number}")
                for record in layout.records(user, report.users):
                    writer.write(record)
                _count(report, user, layout.sequence_length)
    return report


def _count(report, user, sequence_length):
    lengths = user["history_length"]
    report.users += bool(len(lengths))
    report.impressions += len(lengths)
    report.add(SILENT, not len(lengths))
    report.add(UNSEEN, len(user["history_time"]) - max(lengths, default=0))
    report.add(CUT, np.sum(lengths > sequence_length))


def _write_text(path, text):
    with tf.io.gfile.GFile(path, "w") as file:
        file.write(text)
