"""Where a column stands in the records of the released code."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ReleasedColumn:
    """One value of an impression, or a list of them.

    Attributes:
        group: Key of the record that holds it, such as `"cat_feature"`.
        start: Place of its first value among those of the group.
        length: Number of values of a list; None for a single value.
    """

    group: str
    start: int
    length: int | None = None

    def of(self, values):
        """Returns its part of the values of its group `[..., n]`."""
        if self.length is None:
            return values[..., self.start]
        return values[..., self.start : self.start + self.length]

    def spelled(self, name):
        """Returns how a report calls it, such as `price_list[0..49]`."""
        return name if self.length is None else f"{name}[0..{self.length - 1}]"
