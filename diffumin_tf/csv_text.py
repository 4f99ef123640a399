"""Rows as CSV, the same on every system."""

import csv
import io


def csv_text(head, rows):
    """Returns a head and rows as CSV; nothing stands for None."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([head, *rows])
    return text.getvalue()
