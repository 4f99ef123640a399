"""Which released column holds which column of the native format."""

import json
from dataclasses import dataclass, field

from diffumin_tf.data.schema import SPLIT, Schema

FILE_NAME = "columns.json"
USER_NUMBER = "user_number"
IDENTITY = ("user_key", "impression_time")
# With these, and the schema, users are rebuilt; without, each impression is alone.
WAY_BACK = (USER_NUMBER, *IDENTITY, "history_length", "history_time")
_KEYS = ("columns", "schema", "num_impressions", "table_sizes", "splits")


@dataclass(frozen=True)
class ColumnMap:
    """Native column to released column, and what else the native format must know.

    Attributes:
        columns: Name in the native format, such as `"history/shop_id"`, to the name in
            the released one, a list's without brackets. A released column may feed
            several native ones.
        schema: `Schema` of the users; its `num_users` counts only where the records
            tell the users. None: made of `columns`, `table_sizes` and `splits`.
        num_impressions: How many there must be, or None.
        table_sizes: Rows of the hashed tables of a made schema, by short name; others
            have a default size.
        splits: Splits of a made schema; None for one, `"train"`, of all impressions.
    """

    columns: dict[str, str]
    schema: Schema | None = None
    num_impressions: int | None = None
    table_sizes: dict[str, int] = field(default_factory=dict)
    splits: dict[str, tuple[int, int]] | None = None

    def __post_init__(self):
        if self.schema is not None and (self.table_sizes or self.splits is not None):
            raise ValueError(
                "table_sizes and splits are for a schema that is made. "
                "Received: them and a schema."
            )
        only = {*WAY_BACK, SPLIT} - set(IDENTITY)
        if not self.tells_users and (wrong := sorted(only & set(self.columns))):
            missing = sorted(set(WAY_BACK) - set(self.columns))
            raise ValueError(
                f"columns with {wrong[0]} must have all of {list(WAY_BACK)}, and a "
                f"schema. Received: no {missing or 'schema'}."
            )

    @property
    def tells_users(self):
        """Whether the records tell which impressions are of one user."""
        return self.schema is not None and set(WAY_BACK) <= set(self.columns)

    def check(self, struct):
        """Raises a `ValueError` if a column is none of the struct's."""
        for name, released in self.columns.items():
            if released not in struct.columns:
                raise ValueError(
                    "columns must be among those of data_struct.json. "
                    f"Received: {released!r} for {name}."
                )

    def not_taken(self, struct):
        """The released columns that no native column takes, as a report spells them."""
        taken = set(self.columns.values())
        columns = struct.columns.items()
        return [c.spelled(name) for name, c in columns if name not in taken]

    def to_json(self):
        """Returns the text of `columns.json`."""
        config = {"columns": self.columns}
        if self.schema is not None:
            config["schema"] = json.loads(self.schema.to_json())
        for name in ("num_impressions", "table_sizes", "splits"):
            if getattr(self, name):
                config[name] = getattr(self, name)
        return json.dumps(config, indent=2) + "\n"

    @classmethod
    def from_json(cls, text, path=FILE_NAME):
        """Builds a map from what `to_json` returns, or from what was written by hand.

        Args:
            text: The JSON text, as a string or in UTF-8.
            path: Where it stands, for the errors.
        """
        try:
            config = json.loads(text)
            _check_config(config)
            if "schema" in config:
                config["schema"] = Schema.from_json(json.dumps(config["schema"]))
            return cls(**config)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{path}: {error}") from error


def _check_config(config):
    if not isinstance(config, dict) or not isinstance(config.get("columns"), dict):
        raise ValueError("a map must be a JSON object with `columns`, an object.")
    if unknown := sorted(set(config) - set(_KEYS)):
        raise ValueError(f"keys must be among {_KEYS}. Received: {unknown}.")
    for native, released in config["columns"].items():
        if not isinstance(released, str):
            raise ValueError(
                f"columns must map names to names. Received: {released!r} for {native}."
            )
    for key, kind in (
        ("table_sizes", dict),
        ("splits", dict),
        ("num_impressions", int),
    ):
        if key in config and type(config[key]) is not kind:
            raise ValueError(
                f"{key} must be of type {kind.__name__}. Received: {config[key]!r}."
            )
    sizes = config.get("table_sizes", {})
    if wrong := [name for name, size in sizes.items() if type(size) is not int]:
        raise ValueError(
            f"table_sizes must be integers. Received: {sizes[wrong[0]]!r} "
            f"for {wrong[0]!r}."
        )
