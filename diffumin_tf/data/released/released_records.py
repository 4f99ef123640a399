"""Impressions in the records of the released code."""

import os

import tensorflow as tf

from diffumin_tf.data.released.data_struct import FILE_NAME, GROUPS, DataStruct
from diffumin_tf.data.released.impression_check import LABEL, check_impressions
from diffumin_tf.data.stop_unless import stop_unless

_DTYPES = {"long": "int64", "float": "float32"}


class ReleasedRecords:
    """Impressions by column, of files whose `data_struct.json` is known.

    A record has `label` (float, 1 value), `cat_feature` and `auxiliary_info` (int64)
    and `dense_feature` (float); other keys are not read. A group without columns may
    be absent.

    Args:
        files: A file, a pattern of files, or a directory: then all files in it but
            JSON and those whose names begin with `.` or `_`. Names that end in `.gz`
            are compressed. They are read in the order of their names.
        struct: `DataStruct`, or the path of a `data_struct.json`; None for the one
            that stands with the files.

    Raises:
        ValueError: If there are no files, or the struct does not hold.
        OSError: If the struct cannot be read.
    """

    def __init__(self, files, struct=None):
        files = str(files).rstrip("/")
        self.paths = _find_files(files)
        if not isinstance(struct, DataStruct):
            struct = read_struct(struct or beside(files, FILE_NAME))
        self.struct = struct

    def impressions(self):
        """Returns a `tf.data.Dataset` of impressions, in the stored order.

        Each is a dictionary of the struct's columns, scalars `[]` and lists `[l]`, and
        `label` `[]`: int64, or float32 for numbers. A bad record fails as the dataset
        is read; inside `readable_errors(records)` it is named.
        """
        return self.numbered().map(lambda path, number, impression: impression)

    def numbered(self):
        """Returns a dataset of (path, number of the record in it, impression)."""
        return tf.data.Dataset.from_tensor_slices(self.paths).flat_map(self._read)

    def check(self):
        """Reads everything, slowly, and raises at the first bad record.

        Raises:
            ValueError: Naming file, record, key and column.
            OSError: If a file cannot be read.
        """
        check_impressions(self.paths, self.struct)

    def _read(self, path):
        gzip = tf.strings.regex_full_match(path, r".*\.gz")
        compression = tf.where(gzip, "GZIP", "")
        records = tf.data.TFRecordDataset(path, compression).enumerate()
        return records.map(
            lambda number, record: (path, number, self._parse(path, number, record)),
            tf.data.AUTOTUNE,
            deterministic=True,
        )

    def _parse(self, path, number, record):
        features = {LABEL: tf.io.FixedLenFeature([], "float32")}
        for group, kind in GROUPS.items():
            width = len(getattr(self.struct, group))
            if width:
                features[group] = tf.io.FixedLenFeature([width], _DTYPES[kind])
            else:  # Absent or empty; what is there fails below.
                features[group] = tf.io.FixedLenSequenceFeature(
                    [], _DTYPES[kind], allow_missing=True
                )
        groups = tf.io.parse_single_example(record, features)
        message = "an impression must be as the struct says. Received:"
        stop_unless(self._holds(groups), message, path, number)
        columns = self.struct.columns.items()
        impression = {name: column.of(groups[column.group]) for name, column in columns}
        return {**impression, self.struct.label: groups[LABEL]}

    def _holds(self, groups):
        label = groups[LABEL]
        widths = [tf.size(groups[group]) for group in GROUPS]
        expected = [len(getattr(self.struct, group)) for group in GROUPS]
        return tf.reduce_all(
            [
                tf.equal(label * label, label),
                tf.reduce_all(tf.math.is_finite(groups["dense_feature"])),
                tf.reduce_all(tf.equal(widths, expected)),
            ]
        )


def beside(files, name):
    """The path of a file that stands with records.

    Args:
        files: A file, a pattern or a directory of records.
        name: The file's name.
    """
    folder = files if tf.io.gfile.isdir(files) else os.path.dirname(files)
    return os.path.join(folder, name)


def read_struct(path):
    """Returns the `DataStruct` of a file.

    Raises:
        OSError: If there is none.
        ValueError: If it does not hold.
    """
    rule = "data_struct must be a file that tells the columns"
    return DataStruct.from_json(read_bytes(path, rule), path)


def read_bytes(path, rule):
    """What a file holds; raises a `FileNotFoundError` with the rule if it is none."""
    if not tf.io.gfile.exists(path) or tf.io.gfile.isdir(path):
        raise FileNotFoundError(f"{rule}. Received: {path}, which is none.")
    with tf.io.gfile.GFile(path, "rb") as file:
        return file.read()


def _find_files(files):
    if tf.io.gfile.isdir(files):
        names = [name.rstrip("/") for name in tf.io.gfile.listdir(files)]
        names = [n for n in names if n[0] not in "._" and not n.endswith(".json")]
        paths = [f"{files}/{name}" for name in names]
    else:
        paths = tf.io.gfile.glob(files)
    paths = sorted(path for path in paths if not tf.io.gfile.isdir(path))
    if not paths:
        raise ValueError(
            "input must be files of records, a pattern or their directory. "
            f"Received: {files}, which has none."
        )
    return paths
