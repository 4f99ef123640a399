"""Where items are described."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ItemTable:
    """A CSV or Parquet file with one row an item.

    Attributes:
        path: The file, or a pattern of several.
        key: Column with the item's id, written as in the log.
        fields: Columns of ids that describe the item.
    """

    path: str
    key: str
    fields: tuple[str, ...]

    def __post_init__(self):
        fields = self.fields
        fields = (fields,) if isinstance(fields, str) else tuple(fields)
        object.__setattr__(self, "fields", fields)
        names = [self.key, *fields]
        if not fields or len(set(names)) != len(names):
            raise ValueError(
                "item_table must have a key and fields, all different columns. "
                f"Received: key={self.key!r}, fields={list(fields)}."
            )
