"""What a set of users holds: its columns, their lengths and its time splits."""

import json
from dataclasses import dataclass
from functools import cached_property

from diffumin_tf.features import FeatureSpec

FILE_NAME = "schema.json"
FORMAT = "diffumin_tf-users"
VERSION = 1

SPLIT = "split"
SIZE = "history_size"
USER, HISTORY, IMPRESSION = "user", "history", "impression"
_AXES = {
    "user": USER,
    "history": HISTORY,
    "target": IMPRESSION,
    "context": IMPRESSION,
}
_JSON_TYPES = {
    "num_users": (int,),
    "splits": (dict,),
    "extra": (list,),
    "features": (dict,),
    "world": (dict,),
    "split_by_user": (bool,),
    "clustered": (bool,),
}
_OPTIONAL = {"clustered", "extra", "split_by_user", "world"}
_RESERVED = {
    "user_key": (USER, "int64"),
    "history_time": (HISTORY, "int64"),
    "impression_time": (IMPRESSION, "int64"),
    "history_length": (IMPRESSION, "int64"),
    "label": (IMPRESSION, "float32"),
}


@dataclass(frozen=True)
class Column:
    """One array of a user.

    Attributes:
        axis: `"user"` (one value), `"history"` (a value a behaviour) or
            `"impression"` (a value an impression).
        dtype: `"int64"`, `"float32"` or `"string"`.
    """

    axis: str
    dtype: str


@dataclass(frozen=True)
class Schema:
    """The columns of the users of one data set, how many there are, the splits.

    Attributes:
        features: The fields of ids and numbers and their tables.
        splits: Name to `(start, end)` in seconds: an impression belongs to the
            split with `start <= impression_time < end`.
        num_users: Number of users.
        extra: Further float columns, one value an impression. `"weight"` is the
            impression's weight in the loss and in the metrics; the others are
            carried along and never reach a model.
        world: Constructor arguments of the synthetic world that made the users.
        split_by_user: Whether the splits cut each user's time somewhere else. Then
            `splits` hold the span of time that each covers, which may overlap, and
            each impression has a `split`, its place among `splits`.
        clustered: Whether a behaviour may stand for several. Then each has a
            `history_size`, how many.
    """

    features: FeatureSpec
    splits: dict[str, tuple[int, int]]
    num_users: int
    extra: tuple[str, ...] = ()
    world: dict | None = None
    split_by_user: bool = False
    clustered: bool = False

    def __post_init__(self):
        for name, span in self.splits.items():
            if not _is_span(span):
                raise ValueError(
                    "a split must be (start, end) with start < end, in whole seconds. "
                    f"Received: {span} in splits[{name!r}]."
                )
        splits = {name: tuple(span) for name, span in self.splits.items()}
        object.__setattr__(self, "splits", splits)
        object.__setattr__(self, "extra", tuple(self.extra))
        if not _is_int64(self.num_users) or self.num_users < 0:
            raise ValueError(
                f"num_users must not be negative. Received: {self.num_users}."
            )
        if wrong := [name for name in self.extra if not isinstance(name, str)]:
            raise ValueError(f"extra must hold names. Received: {wrong[0]!r}.")
        _ = self.columns  # Raises where two columns share a name.

    @cached_property
    def columns(self):
        """Name to `Column`, in the order in which they are stored."""
        spec = self.features
        return columns_of(
            spec.fields,
            spec.dense_fields,
            self.extra,
            split_by_user=self.split_by_user,
            clustered=self.clustered,
        )

    def split(self, name):
        """Returns `(start, end)` of a split."""
        if name not in self.splits:
            raise ValueError(
                f"split must be one of {list(self.splits)}. Received: {name!r}."
            )
        return self.splits[name]

    def to_json(self):
        """Returns the text of `schema.json`."""
        config = {
            "format": FORMAT,
            "version": VERSION,
            "num_users": self.num_users,
            "splits": self.splits,
            "extra": self.extra,
            "features": self.features.to_dict(),
        }
        if self.world is not None:
            config["world"] = self.world
        if self.split_by_user:
            config["split_by_user"] = True
        if self.clustered:
            config["clustered"] = True
        return json.dumps(config, indent=2) + "\n"

    @classmethod
    def from_json(cls, text, path=FILE_NAME):
        """Builds a schema from what `to_json` returns.

        Args:
            text: The JSON text, as a string or in UTF-8.
            path: Where it stands, for the errors.
        """
        try:
            return cls._from_config(json.loads(text))
        except (ValueError, TypeError, RecursionError) as error:
            raise ValueError(f"{path}: {error}") from error

    @classmethod
    def _from_config(cls, config):
        if not isinstance(config, dict):
            raise ValueError(f"a schema must be a JSON object. Received: {config!r}.")
        required = {"format", "version", "num_users", "splits", "features"}
        if unknown := sorted(set(config) - required - _OPTIONAL):
            raise ValueError(f"keys must be known. Received: unknown keys {unknown}.")
        if missing := sorted(required - set(config)):
            raise ValueError(f"keys must be complete. Received: no {missing}.")
        for name, types in _JSON_TYPES.items():
            if not isinstance(config.get(name, types[0]()), types):
                raise ValueError(
                    f"{name} must be of type {types[0].__name__}. "
                    f"Received: {config[name]!r}."
                )
        found = (config.pop("format"), config.pop("version"))
        if found != (FORMAT, VERSION):
            raise ValueError(
                f"format and version must be {(FORMAT, VERSION)}. Received: {found}."
            )
        features = FeatureSpec.from_dict(config.pop("features"))
        return cls(features=features, **config)


def columns_of(
    fields, dense_fields=(), extra=(), *, split_by_user=False, clustered=False
):
    """Name to `Column` of users, in the order in which they are stored.

    Args:
        fields: Their `Field`s.
        dense_fields: Their `DenseField`s.
        extra: Further columns of numbers, as `Schema` has them.
        split_by_user: As `Schema` has it.
        clustered: As `Schema` has it.

    Raises:
        ValueError: If two columns share a name.
    """
    pairs = [(name, Column(*entry)) for name, entry in _RESERVED.items()]
    if split_by_user:
        pairs.append((SPLIT, Column(IMPRESSION, "int64")))
    if clustered:
        pairs.append((SIZE, Column(HISTORY, "int64")))
    pairs += [(f.name, Column(_AXES[f.role], f.dtype)) for f in fields]
    pairs += [(f.name, Column(_AXES[f.role], "float32")) for f in dense_fields]
    pairs += [(name, Column(IMPRESSION, "float32")) for name in extra]
    columns = dict(pairs)
    if len(columns) != len(pairs):
        raise ValueError(
            "extra must hold names that no other column has, each once. "
            f"Received: extra={list(extra)}."
        )
    return columns


def _is_span(span):
    if not isinstance(span, list | tuple) or len(span) != 2:
        return False
    return all(_is_int64(time) for time in span) and span[0] < span[1]


def _is_int64(value):
    # Not `isinstance`: a bool is an int.
    return type(value) is int and -(2**63) <= value < 2**63
