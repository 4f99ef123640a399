"""The columns of the released records, held against the settings."""

import re

from diffumin_tf.released_conf.entry import LEFT, REPAIRED, TAKEN, UNUSED, Entry
from diffumin_tf.released_conf.input_class import MIX5K
from diffumin_tf.released_conf.strict_json import read_json_object

_NAME = "data_struct"
_ITEM = re.compile(r"(.+)\[(\d+)\]")


def read_columns(path):
    """Reads the columns of ids and numbers that a `data_struct.json` lists.

    Args:
        path: The file.

    Returns:
        A dict of `cat_feature` and `dense_feature`, each a dict of a column's name,
        or a list's without its index, to the list's length, None for a column.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is no such file, or a list of columns has gaps.
    """
    features = read_json_object(path).get("features")
    return {
        group: _lengths(_names(features, group, path), group, path)
        for group in ("cat_feature", "dense_feature")
    }


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
    found = read_columns(path)
    ids = (*input_class.targets, *input_class.others)
    _check_present(found["cat_feature"], ids, input_class, "cat_feature", path)
    numbers = input_class.numbers
    _check_present(found["dense_feature"], numbers, input_class, "dense_feature", path)
    _check_lists(found["cat_feature"], input_class, length, path)
    text = f"{input_class.name} finds every column that it reads"
    entries = [Entry(TAKEN, _NAME, text, has_value=False)]
    if unread := list(_unread(found, input_class, length)):
        text = f"nothing reads {', '.join(unread)}"
        entries.append(Entry(UNUSED, _NAME, text, has_value=False))
    return entries


def _unread(found, input_class, length):
    """What the class does not read, the ends of its lists too."""
    columns = (*input_class.targets, *input_class.others, *input_class.numbers)
    for name, size in {**found["cat_feature"], **found["dense_feature"]}.items():
        read = length if name in input_class.lists else 0
        if name not in columns and (size is None or size > read):
            yield _shown(name, size, read)


def _absent(input_class):
    if input_class is MIX5K:
        text = "never released; the columns are those that the class names"
        return Entry(REPAIRED, _NAME, text, has_value=False)
    text = "not given, so the columns were not checked"
    return Entry(LEFT, _NAME, text, has_value=False)


def _names(features, group, path):
    described = features.get(group) if isinstance(features, dict) else None
    names = described.get("column") if isinstance(described, dict) else None
    if not isinstance(names, list) or not all(isinstance(n, str) for n in names):
        raise ValueError(
            f"{path} must have a list of names at features, {group}, column. "
            f"Received: {type(names).__name__}."
        )
    return names


def _lengths(names, group, path):
    """Names without indices to lengths; indices must count up from 0."""
    lengths = {}
    for name in names:
        item = _ITEM.fullmatch(name)
        base, index = (item[1], int(item[2])) if item else (name, None)
        expected = None if index is None else lengths.get(base, 0)
        if index != expected or (index is None and base in lengths):
            raise ValueError(
                f"{path} must list each column once, and a list from [0] on without "
                f"gaps. Received: {name!r} in {group}."
            )
        lengths[base] = None if index is None else index + 1
    return lengths


def _check_present(found, wanted, input_class, group, path):
    if lacking := [name for name in wanted if found.get(name, 0) is not None]:
        raise ValueError(
            f"{path} must have the columns that {input_class.name} reads. Received: "
            f"no {', '.join(lacking)} in {group}."
        )


def _check_lists(found, input_class, length, path):
    for name in input_class.lists:
        size = found.get(name)
        if size is None or size < length:
            received = _shown(name, size) if size else f"no list {name}"
            raise ValueError(
                f"{path} must have {name}[0..{length - 1}] in cat_feature, for "
                f"seq_len = {length}. Received: {received}."
            )


def _shown(name, size, start=0):
    return name if size is None else f"{name}[{start}..{size - 1}]"
