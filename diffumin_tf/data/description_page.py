"""A description as a page of its own: tables, and plots that are part of the file."""

import base64
import html
import io

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from diffumin_tf.atomic_file import atomic_file
from diffumin_tf.data.description_tables import days_table

PAGE_STYLE = """
body { font-family: sans-serif; max-width: 60em; margin: 2em auto; color: #222 }
table { border-collapse: collapse }
td, th { padding: .15em .8em; text-align: right; border-bottom: 1px solid #ddd }
td:first-child, th:first-child { text-align: left; padding-left: 0 }
img { max-width: 100% }
"""


def write_page(path, title, description, tables):
    """Writes the page at once, or not at all.

    Args:
        path: The HTML file; one of that name is replaced.
        title: What is described.
        description: The `Description`, for the plots.
        tables: The `TextTable`s to show, before the days.

    Raises:
        OSError: if the file cannot be written.
    """
    parts = [
        f"<!doctype html><meta charset='utf-8'><title>{html.escape(title)}</title>",
        f"<style>{PAGE_STYLE}</style><h1>{html.escape(title)}</h1>",
        _image(_plot_days, description, "Impressions and click rate by day"),
        _image(_plot_lengths, description, "Behaviours in a history"),
        *[table.as_html() for table in (*tables, days_table(description))],
    ]
    try:
        with atomic_file(path) as draft:
            draft.write_text("\n".join(parts) + "\n", encoding="utf-8")
    except OSError as error:
        raise OSError(f"{path} cannot be written: {error}.") from error


def _image(plot, description, name):
    """An SVG inside the page, the same bytes for the same numbers."""
    figure = Figure(figsize=(9, 3.2), layout="constrained")
    plot(figure, description)
    content = io.BytesIO()
    with rc_context({"svg.hashsalt": name}):
        figure.savefig(content, format="svg", metadata={"Date": None})
    data = base64.b64encode(content.getvalue()).decode()
    return f"<img alt='{name}' src='data:image/svg+xml;base64,{data}'>"


def _plot_days(figure, description):
    shown, rate = figure.subplots(1, 2)
    for name, split in description.splits.items():
        days = np.array([*split.days], "datetime64[D]")
        counts = np.array([*split.days.values()], float).reshape(-1, 2)
        shown.plot(days, counts[:, 0], ".-", label=name)
        rate.plot(days, counts[:, 1] / counts[:, 0], ".-", label=name)
    for axes, label in ((shown, "impressions a day"), (rate, "click rate")):
        axes.set_ylabel(label)
        axes.set_ylim(bottom=0)
        axes.tick_params(axis="x", rotation=30)
        axes.legend()


def _plot_lengths(figure, description):
    """The share of histories that are longer than a length."""
    axes = figure.subplots()
    found = {
        "users, as stored": description.stored_lengths,
        "impressions": description.seen_lengths,
    }
    for name, lengths in found.items():
        if len(lengths):
            values, counts = np.unique(lengths, return_counts=True)
            longer = 1 - np.cumsum(counts) / len(lengths)
            axes.step(values, longer, where="post", label=name)
    axes.set_xlabel("behaviours")
    axes.set_ylabel("share with more")
    axes.legend()
