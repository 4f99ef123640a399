"""Plain arrays of a data set, for `other_library.py` to train on.

    python benchmarks/other_library_arrays.py --data_dir=data/jakarta_checkins \\
        --sequence_length=500 --output=/tmp/jakarta_arrays

Another library lives in an environment of its own, without TensorFlow. What crosses
over is what our models see, read through our pipeline: `train.npz` and `test.npz`
with the impressions in stored order, user by user, and `fields.json`.
"""

import argparse
import json
import os
import shutil
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np  # noqa: E402

from diffumin_tf.data.pipeline import make_dataset  # noqa: E402
from diffumin_tf.data.records import UserRecords  # noqa: E402

SPLITS = ("train", "test")
_BATCH_SIZE = 1024
_KEPT = ("history_length", "user_key")


def groups_of_fields(spec):
    """The fields behind the columns of `history`, `target` and `other`."""
    return {
        "history": spec.history_fields,
        "target": spec.target_fields,
        "other": spec.other_fields,
    }


def describe_fields(spec):
    """For each column its field's name, its table and how many ids the table has."""
    return {
        group: [
            {
                "name": field.name,
                "table": field.table,
                # A library numbers each table from 0, its own padding.
                "num_ids": spec.table(field.table).num_rows + 1,
            }
            for field in fields
        ]
        for group, fields in groups_of_fields(spec).items()
    }


def read_arrays(source, split, sequence_length):
    """Reads the impressions of a split.

    F is the number of history fields, K that of the other ones.

    Args:
        source: Object with `schema` and `users(seed, epoch)`.
        split: Name of a split of the schema.
        sequence_length: Most behaviours that an impression sees, l.

    Returns:
        A dict of arrays: `history` `[N, l, F]`, most recent behaviour first, `target`
        `[N, F]` and `other` `[N, K]` (int32 ids of each field's table, 0 for
        padding, 1 for a missing and 2 for an unknown value), `history_length` and
        `user_key` `[N]`, `label` `[N]` (float32).

    Raises:
        ValueError: If the source has numbers or weights, which are not carried over.
    """
    _check_columns(source.schema)
    batches = make_dataset(
        source,
        split,
        batch_size=_BATCH_SIZE,
        sequence_length=sequence_length,
        grouped=False,
        deduplicate=False,
    )
    spec = source.schema.features
    read = [_read_batch(spec, *batch) for batch in batches.as_numpy_iterator()]
    return {name: np.concatenate([part[name] for part in read]) for name in read[0]}


def _check_columns(schema):
    numbers = [field.name for field in schema.features.dense_fields]
    numbers += ["weight"] if "weight" in schema.extra else []
    if numbers:
        raise ValueError(
            "a data set for another library must hold ids alone, without numbers or "
            f"weights. Received: columns {numbers}."
        )


def _read_batch(spec, features, label):
    arrays = {name: features[name] for name in _KEPT}
    for group, fields in groups_of_fields(spec).items():
        offsets = np.array([spec.offset(field.table) for field in fields], np.int32)
        rows = features[group]
        arrays[group] = np.where(rows == 0, 0, rows - offsets + 1)
    return {**arrays, "label": label}


def write_arrays(source, sequence_length, directory):
    """Writes the arrays of all splits; all of them, or nothing.

    Args:
        source: As for `read_arrays`.
        sequence_length: As for `read_arrays`.
        directory: `Path` that does not exist.
    """
    if directory.exists():
        raise ValueError(f"output must be a new directory. Received: {directory}.")
    unfinished = directory.with_name(f"{directory.name}.unfinished")
    unfinished.mkdir(parents=True)
    try:
        for split in SPLITS:
            arrays = read_arrays(source, split, sequence_length)
            np.savez(unfinished / f"{split}.npz", **arrays)
            print(f"{split}: {len(arrays['label']):,} impressions")
        fields = describe_fields(source.schema.features)
        (unfinished / "fields.json").write_text(json.dumps(fields, indent=1))
        unfinished.rename(directory)
    except BaseException:
        shutil.rmtree(unfinished)
        raise


def main():
    """Writes the arrays of a prepared data set."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data_dir", required=True, help="A prepared data set.")
    parser.add_argument("--sequence_length", type=int, default=500)
    parser.add_argument("--output", required=True, type=Path, help="A new directory.")
    options = parser.parse_args()
    write_arrays(UserRecords(options.data_dir), options.sequence_length, options.output)


if __name__ == "__main__":
    main()
