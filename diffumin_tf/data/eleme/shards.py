"""One part of Ele.me's data as one shard of records."""

import os

import numpy as np
import tensorflow as tf

from diffumin_tf.data.eleme.layout import raw_place
from diffumin_tf.data.eleme.list_order import timediff_order
from diffumin_tf.data.eleme.parts import part_lines
from diffumin_tf.data.eleme.record_columns import record_columns
from diffumin_tf.data.eleme.rows import BadRows, good_rows
from diffumin_tf.data.example_bytes import example_bytes


def write_shard(part, path, features, plan):
    """Writes the records of a part, whole or not at all.

    Args:
        part: Its file.
        path: The shard.
        features: `FeatureSpec` of the records.
        plan: `Plan`.

    Returns:
        Counts of what was read and kept, for the report.

    Raises:
        OSError: If the shard cannot be written.
    """
    days = {day for days in plan.days.values() for day in days}
    bad, counts = BadRows(), _new_counts(plan)
    temporary = path.with_name(f"{path.name}.tmp")
    try:
        with tf.io.TFRecordWriter(str(temporary), plan.compression) as writer:
            for lines in part_lines(part, days, counts["damages"]):
                counts["rows_read"] += len(lines.lines)
                cells = good_rows(lines, bad)
                start = plan.day_start(lines.day)
                columns = record_columns(cells, start, features, plan)
                _count(columns, lines.day, plan, counts)
                _count_order(cells, counts)
                for record in example_bytes(columns):
                    writer.write(record)
    except tf.errors.OpError as error:
        raise OSError(f"{path} cannot be written: {error.message}") from error
    os.replace(temporary, path)
    return {
        **counts,
        "rows_dropped": bad.reasons,
        "first_bad_rows": bad.shown,
        "bytes": path.stat().st_size,
    }


def _new_counts(plan):
    return {
        "rows_read": 0,
        "damages": [],
        "impressions": dict.fromkeys(plan.days, 0),
        "positives": dict.fromkeys(plan.days, 0),
        "behaviours": 0,
        "without_history": 0,
        "rising": 0,
        "falling": 0,
    }


def _count(columns, day, plan, counts):
    """Adds what some records of one day hold."""
    labels, lengths = columns["label"][0], columns["history_length"][0]
    (split,) = (name for name, days in plan.days.items() if day in days)
    counts["impressions"][split] += len(labels)
    counts["positives"][split] += int(np.sum(labels))
    counts["behaviours"] += int(np.sum(lengths))
    counts["without_history"] += int(np.sum(lengths == 0))


def _count_order(cells, counts):
    texts = cells[:, raw_place("timediff_list")].numpy()
    for name, rows in zip(("rising", "falling"), timediff_order(texts), strict=True):
        counts[name] += rows
