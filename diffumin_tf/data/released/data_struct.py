"""The columns of the released code's records, as `data_struct.json` tells them."""

import json
import re
from dataclasses import dataclass, replace
from functools import cached_property

from diffumin_tf.data.released.released_column import ReleasedColumn

FILE_NAME = "data_struct.json"
# In the order in which `totalFeatures` has them.
GROUPS = {"auxiliary_info": "long", "dense_feature": "float", "cat_feature": "long"}
_LABEL_TYPES = ("double", "float")
_ENTRY = re.compile(r"(.+)\[(0|[1-9]\d*)\]")


@dataclass(frozen=True)
class DataStruct:
    """Names and order of the columns of each group; a list is spelt `x[0]`, `x[1]`...

    Attributes:
        cat_feature: Columns of ids.
        dense_feature: Columns of numbers.
        auxiliary_info: Further columns of integers, which no model reads.
        label: Name of the label.
    """

    cat_feature: tuple[str, ...]
    dense_feature: tuple[str, ...] = ()
    auxiliary_info: tuple[str, ...] = ()
    label: str = "label"

    def __post_init__(self):
        for group in GROUPS:
            object.__setattr__(self, group, tuple(getattr(self, group)))
        if self.label in self.columns:
            raise ValueError(
                "no column may have the label's name. "
                f"Received: {self.label!r} in {self.columns[self.label].group}."
            )

    @cached_property
    def columns(self):
        """Name to `ReleasedColumn`; a list has its name without the brackets."""
        columns = {}
        for group in GROUPS:
            _add_group(columns, group, getattr(self, group))
        return columns

    @property
    def total(self):
        """All names, in the order of `totalFeatures`."""
        return [name for group in GROUPS for name in getattr(self, group)]

    def to_json(self):
        """Returns the text of `data_struct.json`."""
        features = {
            group: {"column": getattr(self, group), "type": kind}
            for group, kind in GROUPS.items()
        }
        label = {"column": [self.label], "type": _LABEL_TYPES[0]}
        config = {"features": features, "totalFeatures": self.total, "label": label}
        return json.dumps(config, indent=1) + "\n"

    @classmethod
    def from_json(cls, text, path=FILE_NAME):
        """Builds a struct from the text of a `data_struct.json`.

        Args:
            text: The JSON text, as a string or in UTF-8.
            path: Where it stands, for the errors.

        Raises:
            ValueError: If a key is unknown or missing, a type wrong, a column doubled,
                a list not whole, or if `totalFeatures` has other columns.
        """
        try:
            return cls._from_config(json.loads(text))
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{path}: {error}") from error

    @classmethod
    def _from_config(cls, config):
        _check_keys(config, ("features", "totalFeatures", "label"), "the file")
        _check_keys(config["features"], tuple(GROUPS), "features")
        names = {
            group: _columns(config["features"][group], (kind,), group)
            for group, kind in GROUPS.items()
        }
        label = _columns(config["label"], _LABEL_TYPES, "label")
        if len(label) != 1:
            raise ValueError(f"label must be one column. Received: {label}.")
        struct = cls(**names, label=label[0])
        _check_total(config["totalFeatures"], struct.total)
        return struct


def _add_group(columns, group, names):
    for place, entry in enumerate(names):
        match = _ENTRY.fullmatch(entry)
        name, number = (match[1], int(match[2])) if match else (entry, None)
        found = columns.get(name)
        if not number:
            if found is not None:
                raise ValueError(
                    "a column must be there once, as a value or as a list. Received: "
                    f"{entry!r} in {group} beside {name!r} in {found.group}."
                )
            columns[name] = ReleasedColumn(group, place, None if not match else 1)
        elif found != ReleasedColumn(group, place - number, number):
            raise ValueError(
                "the columns of a list must count up from [0], side by side. Received: "
                f"{entry!r} in {group}, after {names[place - 1]!r}."
            )
        else:
            columns[name] = replace(found, length=number + 1)


def _columns(config, types, where):
    _check_keys(config, ("column", "type"), where)
    if config["type"] not in types:
        raise ValueError(
            f"type must be {' or '.join(map(repr, types))}. "
            f"Received: {config['type']!r} in {where}."
        )
    _check_names(config["column"], where)
    return config["column"]


def _check_names(names, where):
    if not isinstance(names, list):
        raise ValueError(f"columns must be a list. Received: {names!r} in {where}.")
    for place, name in enumerate(names):
        if not isinstance(name, str) or not name:
            raise ValueError(
                f"a column must be a name. Received: {name!r} at place {place} "
                f"of {where}."
            )


def _check_keys(config, keys, where):
    if not isinstance(config, dict):
        raise ValueError(f"{where} must be a JSON object. Received: {config!r}.")
    unknown, missing = sorted(set(config) - set(keys)), sorted(set(keys) - set(config))
    if unknown or missing:
        raise ValueError(
            f"{where} must have the keys {list(keys)}. "
            f"Received: no {missing}, unknown {unknown}."
        )


def _check_total(total, expected):
    _check_names(total, "totalFeatures")
    received, known = set(total), set(expected)
    missing = [name for name in expected if name not in received]
    unknown = [name for name in total if name not in known]
    if missing or unknown:
        raise ValueError(
            "totalFeatures must have the columns of the groups. Received: "
            f"no {missing[:3]}, unknown {unknown[:3]}."
        )
    if len(total) != len(expected):
        doubled = sorted({name for name in total if total.count(name) > 1})
        raise ValueError(f"totalFeatures must have a column once. Received: {doubled}.")
