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
from diffumin_tf.data.logs.impression_counts import add_impressions, no_impressions
from diffumin_tf.data.logs.splits import NAMES

_SUMS = ("rows_read", "behaviours", "rising", "falling")


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
    bad, counts = BadRows(), {**dict.fromkeys(_SUMS, 0), **no_impressions()}
    damages = []
    temporary = path.with_name(f"{path.name}.tmp")
    try:
        with tf.io.TFRecordWriter(str(temporary), plan.compression) as writer:
            for lines in part_lines(part, days, damages):
                cells = good_rows(lines, bad)
                start = plan.day_start(lines.day)
                columns = record_columns(cells, start, features, plan)
                _count(columns, lines, plan, counts)
                _count_order(cells, counts)
                for record in example_bytes(columns):
                    writer.write(record)
    except tf.errors.OpError as error:
        raise OSError(f"{path} cannot be written: {error.message}") from error
    os.replace(temporary, path)
    return {
        **counts,
        "damages": damages,
        "rows_dropped": bad.reasons,
        "first_bad_rows": bad.shown,
        "bytes": path.stat().st_size,
    }


def _count(columns, lines, plan, counts):
    """Adds what the records of some lines hold."""
    counts["rows_read"] += len(lines.lines)
    (part,) = (n for n, split in NAMES.items() if lines.day in plan.days[split])
    labels, lengths = columns["label"][0], columns["history_length"][0]
    add_impressions(counts, np.full(len(labels), part), labels, lengths)
    counts["behaviours"] += int(np.sum(lengths))


def _count_order(cells, counts):
    """Adds how many lists of some rows rise, and how many fall."""
    texts = cells[:, raw_place("timediff_list")].numpy()
    for name, rows in zip(("rising", "falling"), timediff_order(texts), strict=True):
        counts[name] += rows
