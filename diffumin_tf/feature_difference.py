"""Whether two data sets mean the same by their ids, and if not, where they differ."""

from dataclasses import fields


def feature_difference(one, other):
    """The first thing in which two feature specs differ.

    A row of the table, or a column of a batch, means the same in both only where the
    tables and the fields are equal, their order included.

    Args:
        one: A `FeatureSpec`.
        other: Another.

    Returns:
        What it is and its two values, one's first, as texts; None where they are equal.
    """
    for part in ("tables", "fields", "dense_fields"):
        entries = getattr(one, part), getattr(other, part)
        names = [[entry.name for entry in some] for some in entries]
        if names[0] != names[1]:
            return part.replace("_", " "), *map(str, names)
        for pair in zip(*entries, strict=True):
            if pair[0] != pair[1]:
                return _difference_of_entries(*pair)
    return None


def _difference_of_entries(one, other):
    """The first attribute that differs between two tables or fields of one name."""
    for name in (entry.name for entry in fields(one)):
        values = getattr(one, name), getattr(other, name)
        if values[0] != values[1]:
            where = f"of {type(one).__name__.lower()} {one.name!r}"
            if name == "vocabulary":
                return _difference_of_words(*values, where)
            return f"{name} {where}", *map(repr, values)


def _difference_of_words(one, other, where):
    # Both are as long as their tables, whose sizes were compared before.
    for place, pair in enumerate(zip(one, other, strict=True)):
        if pair[0] != pair[1]:
            return f"vocabulary[{place}] {where}", *map(repr, pair)
