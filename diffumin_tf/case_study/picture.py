"""The picture of a case study: a panel a user, one legend."""

import io
import textwrap

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from diffumin_tf.case_study.marks import LAYERS, channel_color, color_of, layers_of

_COLUMNS = 3
_PANEL = 4.6  # Inches.
_TITLE_WIDTH = 48  # Letters that fit over a panel.
_LEGEND = {"fontsize": 8, "frameon": False, "labelspacing": 0.9}


def draw_picture(cases, maps):
    """Returns the bytes of a PNG, the same for the same numbers.

    Args:
        cases: The `Case`s.
        maps: For each the places of its points, `[N, 2]`; NaN is not drawn.
    """
    columns = 2 if len(cases) == 4 else min(len(cases), _COLUMNS)
    rows = -(-len(cases) // columns)
    size = (max(_PANEL * columns, 1.6 * _PANEL), _PANEL * rows + 1.2)
    figure = Figure(figsize=size, layout="constrained", dpi=150)
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for panel, case, places in zip(panels, cases, maps, strict=False):
        _draw(panel, case, places)
    for panel in panels[len(cases) :]:
        panel.set_axis_off()
    _legend(figure, cases)
    content = io.BytesIO()
    figure.savefig(content, format="png", metadata={"Software": None})
    return content.getvalue()


def _draw(panel, case, places):
    for layer, (mark, indices) in enumerate(layers_of(case)):
        panel.scatter(
            *places[indices].T,
            s=mark.size**2,
            c=[color_of(case.points[index]) for index in indices],
            marker=mark.marker,
            alpha=mark.opacity,
            edgecolors=mark.outline,
            linewidths=0.7,
            zorder=2 + layer,
        )
    target = case.target
    told = textwrap.fill(f"user {case.user_key}: {target.ids_text}", _TITLE_WIDTH)
    score = f"clicked {target.when[:10]}, click probability {target.score:.3f}"
    panel.set_title(f"{told}\n{score}", fontsize=9)
    panel.set_xticks([])
    panel.set_yticks([])
    panel.margins(0.08)
    panel.set_aspect("equal", adjustable="datalim")


def _legend(figure, cases):
    """Two legends side by side: shapes, and colours."""
    found = {mark for case in cases for mark, _ in layers_of(case)}
    marks = [mark for mark in LAYERS if mark in found]
    shapes = [_handle(mark) for mark in marks]
    figure.legend(handles=shapes, loc="outside lower left", **_LEGEND, ncols=2)
    count = max(case.num_channels for case in cases)
    colors = [
        Line2D([], [], ls="", marker="s", c=channel_color(n), label=f"channel {n}")
        for n in range(1, count + 1)
    ]
    columns = -(-count // 3)
    figure.legend(handles=colors, loc="outside lower right", **_LEGEND, ncols=columns)


def _handle(mark):
    return Line2D(
        [],
        [],
        linestyle="",
        marker=mark.marker,
        markersize=min(mark.size, 14),
        markerfacecolor=mark.color or "#dddddd",
        markeredgecolor=mark.outline,
        label=mark.label,
    )
