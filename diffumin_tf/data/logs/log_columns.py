"""Which columns of a log mean what."""

from dataclasses import dataclass

_MANY = ("item_fields", "user_fields", "context_fields", "context_numbers")


@dataclass(frozen=True)
class LogColumns:
    """Names of a log's columns by what they hold.

    Attributes:
        user: The user's id.
        item: The item's id.
        time: When it happened.
        order: Whole number that tells what came first where times tie; without
            `time` it is the time, in seconds.
        item_fields: Ids that describe the item, such as its category.
        user_fields: Ids that describe the user.
        context_fields: Ids that describe the moment, such as the hour of the day.
        context_numbers: Numbers that describe the moment.
        label: 0 or 1; empty where the row was no impression.
        rating: Number from which a label is made.
        weight: The row's weight in loss and metrics, at least 0.
    """

    user: str
    item: str
    time: str | None = None
    order: str | None = None
    item_fields: tuple[str, ...] = ()
    user_fields: tuple[str, ...] = ()
    context_fields: tuple[str, ...] = ()
    context_numbers: tuple[str, ...] = ()
    label: str | None = None
    rating: str | None = None
    weight: str | None = None

    def __post_init__(self):
        for name in _MANY:
            value = getattr(self, name)
            # One name, not a name a letter.
            value = (value,) if isinstance(value, str) else tuple(value)
            object.__setattr__(self, name, value)
        if self.time is None and self.order is None:
            raise ValueError("columns must name time or order. Received: neither.")
        if self.label is not None and self.rating is not None:
            raise ValueError(
                "columns must name label or rating, not both. "
                f"Received: label={self.label!r}, rating={self.rating!r}."
            )
        names = [*self.tables().values(), *self.context_numbers]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(
                "user, item, fields and numbers must be different columns. "
                f"Received twice: {twice}."
            )

    @property
    def has_label(self):
        """Whether rows say if the user liked what was shown."""
        return self.label is not None or self.rating is not None

    def roles(self):
        """Internal name to column of the log, for every column that is read.

        Internal names have a slash where there may be several: `"item/genre"`.
        """
        single = ("user", "item", "time", "order", "label", "rating", "weight")
        named = {name: getattr(self, name) for name in single}
        named["time"] = self.time or self.order
        return {
            **{name: column for name, column in named.items() if column is not None},
            **self.tables(),
            **{f"number/{name}": name for name in self.context_numbers},
        }

    def tables(self):
        """Internal name to column of the log, for the columns of ids."""
        return {
            "user": self.user,
            "item": self.item,
            **{f"item/{name}": name for name in self.item_fields},
            **{f"user/{name}": name for name in self.user_fields},
            **{f"context/{name}": name for name in self.context_fields},
        }
