"""The columns of the released records, held against the settings."""

from pathlib import Path

from diffumin_tf.data.released import DataStruct
from diffumin_tf.released_conf.entry import LEFT, REPAIRED, TAKEN, UNUSED, Entry
from diffumin_tf.released_conf.input_class import MIX5K
from diffumin_tf.released_conf.strict_json import read_json_object

_NAME = "data_struct"


def check_columns(path, input_class, length):
    """Checks that the columns are there which the input class reads.

    Args:
        path: The `data_struct.json`, None where there is none.
        input_class: The `InputClass`.
        length: l, the behaviours that are read.

    Returns:
        A list of `Entry`.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is no such file, lacks a column, or a list is too short.
    """
    if path is None:
        return [_absent(input_class)]
    read_json_object(path)  # Refuses what `DataStruct` cannot see: doubled keys.
    text = Path(path).read_text(encoding="utf-8")
    columns = DataStruct.from_json(text, path).columns
    ids = (*input_class.targets, *input_class.others)
    _check_single(columns, ids, input_class, "cat_feature", path)
    _check_single(columns, input_class.numbers, input_class, "dense_feature", path)
    _check_lists(columns, input_class, length, path)
    text = f"{input_class.name} finds every column that it reads"
    entries = [Entry(TAKEN, _NAME, text, has_value=False)]
    if unread := list(_unread(columns, input_class, length)):
        text = f"nothing reads {', '.join(unread)}"
        entries.append(Entry(UNUSED, _NAME, text, has_value=False))
    return entries


def _absent(input_class):
    if input_class is MIX5K:
        text = "never released; the columns are those that the class names"
        return Entry(REPAIRED, _NAME, text, has_value=False)
    text = "not given, so the columns were not checked"
    return Entry(LEFT, _NAME, text, has_value=False)


def _check_single(columns, names, input_class, group, path):
    found = {
        name
        for name, column in columns.items()
        if column.group == group and column.length is None
    }
    if lacking := [name for name in names if name not in found]:
        raise ValueError(
            f"{path} must have the columns that {input_class.name} reads. Received: "
            f"no {', '.join(lacking)} in {group}."
        )


def _check_lists(columns, input_class, length, path):
    for name in input_class.lists:
        column = columns.get(name)
        is_list = column and column.length and column.group == "cat_feature"
        if not is_list or column.length < length:
            received = column.spelled(name) if is_list else f"no list {name}"
            raise ValueError(
                f"{path} must have {name}[0..{length - 1}] in cat_feature, for "
                f"seq_len = {length}. Received: {received}."
            )


def _unread(columns, input_class, length):
    """What the class does not read, the ends of its lists too."""
    single = (*input_class.targets, *input_class.others, *input_class.numbers)
    for name, column in columns.items():
        if name not in (*single, *input_class.lists):
            yield column.spelled(name)
        elif column.length is not None and column.length > length:
            yield f"{name}[{length}..{column.length - 1}]"
