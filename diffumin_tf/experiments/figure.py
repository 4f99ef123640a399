"""The figure of a comparison: each model's AUC, a panel for each group."""

import io

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from diffumin_tf.experiments.number_text import decimals

_WIDTH = 6.5  # Inches; the height grows with the models.
_ROW, _PANEL, _REST = 0.24, 0.15, 1.15
_DOTS = {"focus": "#c1440e", "baseline": "#555555", "other": "#1f4e79"}
_STYLE = {
    "font.size": 9,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "ytick.major.size": 0,
    "text.parse_math": False,  # A name may hold dollars.
    # Names in the SVG are made of this instead of at random: equal rows, equal file.
    "svg.hashsalt": "diffumin_tf",
}
_BAR = {"lw": 5, "alpha": 0.35, "solid_capstyle": "butt"}
_INTERVAL = {"lw": 1, "marker": "|", "ms": 5}


def draw(rows, comparison):
    """Draws the trained models of a comparison.

    Args:
        rows: `ResultRow`s.
        comparison: The `Comparison`.

    Returns:
        The files by their endings, the same bytes for the same rows.
    """
    with rc_context(_STYLE):
        figure = make_figure(rows, comparison)
        figure.draw_without_rendering()
        figure.set_layout_engine("none")  # Once is enough for both.
        return {
            ".png": _saved(figure, "png", dpi=200, metadata={"Software": None}),
            ".svg": _saved(figure, "svg", metadata={"Date": None}),
        }


def make_figure(rows, comparison):
    """Returns the Matplotlib figure.

    A dot is a mean AUC, the bar about it its standard deviation over the runs. The
    thin line is the 95 % interval of the difference to the baseline, drawn from the
    baseline's AUC, and so is the upper axis. Groups have a panel each, with the
    baseline in all; models without one share the first.

    Args:
        rows: `ResultRow`s; references are left out, for they are far off.
        comparison: The `Comparison`.
    """
    panels = _panels([row for row in rows if not row.is_reference], comparison)
    figure, axes = _figure(panels)
    for axis, panel in zip(axes, panels, strict=True):
        _draw_panel(axis, *panel, comparison)
    _label(axes, rows, comparison)
    figure.legend(
        handles=_legend(rows), loc="outside lower center", ncols=3, frameon=False
    )
    return figure


def _panels(rows, comparison):
    """Pairs of a group, None for none, and its rows, the baseline's in all."""
    base = [row for row in rows if row.model == comparison.baseline]
    others = [row for row in rows if row.model != comparison.baseline]
    groups = list(dict.fromkeys(row.group for row in others))
    if groups in ([], [None]):
        return [(None, rows)]
    ordered = sorted(groups, key=lambda group: group is not None)
    return [
        (group, base + [row for row in others if row.group == group])
        for group in ordered
    ]


def _figure(panels):
    heights = [(len(rows) + bool(group)) * _ROW + _PANEL for group, rows in panels]
    figure = Figure((_WIDTH, sum(heights) + _REST), layout="constrained")
    axes = figure.subplots(
        len(panels), 1, sharex=True, squeeze=False, height_ratios=heights
    )
    return figure, axes[:, 0]


def _draw_panel(axis, group, rows, comparison):
    for place, row in enumerate(rows):
        _draw_row(axis, place, row, _color(row, comparison))
        if row.model == comparison.baseline:
            axis.axvline(row.auc.mean, color="#777777", ls="--", lw=0.8, zorder=1)
    names, first = [row.model for row in rows], 0
    if group is not None:
        names, first = [group, *names], -1
    labels = axis.set_yticks(range(first, len(rows)), names)
    if group is not None:
        labels[0].label1.set_fontweight("bold")
    axis.set_ylim(len(rows) - 0.4, first - 0.6)
    axis.grid(axis="x", color="#e5e5e5", lw=0.6, zorder=0)
    axis.set_axisbelow(True)


def _draw_row(axis, place, row, color):
    mean, std = row.auc
    if row.baseline is not None:
        base = mean - row.baseline.value
        limits = base + row.baseline.low, base + row.baseline.high
        axis.plot(limits, (place, place), color=color, **_INTERVAL)
    if std is not None:
        axis.plot((mean - std, mean + std), (place, place), color=color, **_BAR)
    axis.plot(mean, place, "o", color=color, ms=5)


def _color(row, comparison):
    if row.model == comparison.focus:
        return _DOTS["focus"]
    is_baseline = row.model == comparison.baseline
    return _DOTS["baseline" if is_baseline else "other"]


def _label(axes, rows, comparison):
    for axis in axes[1:]:
        axis.spines.top.set_visible(False)
    for axis in axes[:-1]:
        axis.tick_params(axis="x", length=0)
    _number(axes[-1].xaxis, "")
    axes[-1].set_xlabel("test AUC")
    base = [row.auc.mean for row in rows if row.model == comparison.baseline]
    if base:
        shift = (lambda auc: auc - base[0], lambda difference: difference + base[0])
        upper = axes[0].secondary_xaxis("top", functions=shift)
        _number(upper.xaxis, "+")
        upper.set_xlabel(f"AUC − {comparison.baseline}")


def _number(axis, sign):
    axis.set_major_locator(MaxNLocator(6))
    axis.set_major_formatter(
        lambda value, _: decimals(value, 4, sign) if round(value, 4) else "0"
    )


def _legend(rows):
    """A line for each form that is drawn."""
    labels = {"mean of the runs": {"marker": "o", "ls": "", "ms": 5}}
    if any(row.auc.std is not None for row in rows):
        labels["± std. dev. of the runs"] = _BAR
    if any(row.baseline is not None for row in rows):
        labels["95 % interval of the difference"] = _INTERVAL
    color = _DOTS["other"]
    return [Line2D([], [], color=color, label=n, **form) for n, form in labels.items()]


def _saved(figure, kind, **options):
    content = io.BytesIO()
    figure.savefig(content, format=kind, **options)
    return content.getvalue()
