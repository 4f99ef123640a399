"""A description as tables of text, for a terminal and for a page alike."""

import html
from dataclasses import dataclass

import numpy as np

PERCENTILES = (0, 10, 25, 50, 75, 90, 95, 99, 100)


@dataclass(frozen=True)
class TextTable:
    """Rows of text under a title; the first column names the row."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def lines(self):
        """The table as aligned lines."""
        rows = [self.columns, *self.rows]
        widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
        body = [
            "  ".join([row[0].ljust(widths[0])] + _right(row[1:], widths[1:]))
            for row in rows
        ]
        return [self.title, *(f"  {line}".rstrip() for line in body)]

    def as_html(self):
        """The table under a heading, for a page."""
        rows = [_html_row("th", self.columns)]
        rows += [_html_row("td", row) for row in self.rows]
        body = "\n".join(rows)
        return f"<h2>{html.escape(self.title)}</h2>\n<table>\n{body}\n</table>"


def _html_row(tag, cells):
    row = "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells)
    return f"<tr>{row}</tr>"


def _right(cells, widths):
    return [cell.rjust(width) for cell, width in zip(cells, widths, strict=True)]


def description_tables(description, features, sequence_length):
    """Returns the `TextTable`s of a `Description`.

    Args:
        description: The numbers.
        features: The `FeatureSpec` of the data.
        sequence_length: Behaviours that a model would read, for the padding.
    """
    return [
        _sizes(description, sequence_length),
        _splits(description),
        _unseen(description),
        _lengths(description),
        _fields(description, features),
        _tables(description, features),
    ]


def days_table(description, most=None):
    """Returns impressions and click rate by day, the last `most` days of them."""
    rows = [
        (day_name(day), name, f"{shown:,}", _rate(clicks, shown))
        for name, split in description.splits.items()
        for day, (shown, clicks) in split.days.items()
    ]
    rows.sort()
    title = "Days"
    if most is not None and len(rows) > most:
        title = f"Days (the last {most} of {len(rows)})"
        rows = rows[-most:]
    return TextTable(title, ("day", "split", "impressions", "click rate"), (*rows,))


def day_name(day):
    """The date of a day since 1970."""
    return str(np.datetime64(int(day), "D"))


def _sizes(description, sequence_length):
    padding = description.padding_share(sequence_length)
    rows = (
        ("users", f"{description.users:,}"),
        ("behaviours", f"{description.behaviours:,}"),
        ("impressions", f"{len(description.seen_lengths):,}"),
        (f"padding at {sequence_length:,} behaviours", _share(padding)),
    )
    return TextTable("Data", ("", "value"), rows)


def _splits(description):
    rows = [
        (
            name,
            f"{split.users:,}",
            f"{split.impressions:,}",
            _rate(split.clicks, split.impressions),
            _span([*split.days]),
        )
        for name, split in description.splits.items()
    ]
    columns = ("split", "users", "impressions", "click rate", "days")
    return TextTable("Splits", columns, (*rows,))


def _span(days):
    return f"{day_name(days[0])} to {day_name(days[-1])}" if days else "none"


def _unseen(description):
    rows = [
        (name, field, _share(share))
        for name, split in description.splits.items()
        for field, share in split.unseen.items()
    ]
    columns = ("split", "field", "impressions")
    return TextTable("Ids that training has not seen", columns, (*rows,))


def _lengths(description):
    found = {
        "as stored": description.stored_lengths,
        "at the impressions": description.seen_lengths,
    }
    rows = [
        (name, *[f"{value:,}" for value in _percentiles(lengths)], _mean(lengths))
        for name, lengths in found.items()
        if len(lengths)
    ]
    columns = ("percentile", *[str(percent) for percent in PERCENTILES], "mean")
    return TextTable("Behaviours in a history", columns, (*rows,))


def _percentiles(lengths):
    # Values that occur, not means of two of them.
    return np.percentile(lengths, PERCENTILES, method="inverted_cdf")


def _fields(description, features):
    rows = [
        (field.name, field.dtype, field.table, f"{description.distinct[field.name]:,}")
        for field in features.fields
    ]
    rows += [(field.name, "float32", "", "") for field in features.dense_fields]
    return TextTable("Fields", ("field", "type", "table", "distinct ids"), (*rows,))


def _tables(description, features):
    rows = []
    for table in features.tables:
        ids = description.loads[table.name]
        size, load = f"{table.size:,}", f"{ids / table.size:.2f}"
        rows.append((table.name, table.kind, size, f"{ids:,}", load))
    columns = ("table", "kind", "size", "distinct ids", "ids a row")
    return TextTable("Tables", columns, (*rows,))


def _rate(clicks, impressions):
    return f"{clicks / impressions:.4f}" if impressions else "none"


def _share(share):
    return "none" if share is None else f"{100 * share:.2f} %"


def _mean(lengths):
    return f"{lengths.mean():,.1f}"
