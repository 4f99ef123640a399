"""The page of a case study: panels that tell what a point is, and the numbers."""

import html

from diffumin_tf.case_study.cosine_tables import cosine_tables, note
from diffumin_tf.case_study.marks import color_of, layers_of
from diffumin_tf.case_study.point import AUGMENTED, INTEREST, TARGET, TWIN
from diffumin_tf.data.description_page import PAGE_STYLE

_COLUMNS = 2
_PANEL = 480  # Pixels.


def make_page(title, lines, cases, maps):
    """Returns the HTML of a page that needs nothing from elsewhere.

    Args:
        title: Its heading.
        lines: Paragraphs under it.
        cases: The `Case`s.
        maps: For each the places of its points, `[N, 2]`; NaN is not drawn.
    """
    parts = [
        f"<!doctype html><meta charset='utf-8'><title>{html.escape(title)}</title>",
        f"<style>{PAGE_STYLE}</style><h1>{html.escape(title)}</h1>",
        *[f"<p>{html.escape(line)}</p>" for line in lines],
        _plot(cases, maps),
        f"<p>{html.escape(note(cases[0]))}</p>",
        *[table.as_html() for case in cases for table in cosine_tables(case)],
    ]
    return "\n".join(parts) + "\n"


def _plot(cases, maps):
    figure = _panels(cases)
    told = set()
    for number, (case, places) in enumerate(zip(cases, maps, strict=True)):
        row, column = divmod(number, _columns(cases))
        place = {"row": row + 1, "col": column + 1}
        for mark, indices in layers_of(case):
            trace = _trace(case, places, mark, indices, mark not in told)
            figure.add_trace(trace, **place)
            told.add(mark)
        axis = f"x{number + 1}" if number else "x"
        figure.update_yaxes(scaleanchor=axis, **place)
    # The whole library stands in the page: a reader may have no network. A name of
    # its own, else plotly draws one that differs from page to page.
    return figure.to_html(
        full_html=False,
        include_plotlyjs=True,
        div_id="case_study",
        config={"displaylogo": False},
    )


def _columns(cases):
    return min(len(cases), _COLUMNS)


def _panels(cases):
    from plotly.subplots import make_subplots

    columns = _columns(cases)
    rows = -(-len(cases) // columns)
    cells = [{}] * len(cases) + [None] * (rows * columns - len(cases))
    figure = make_subplots(
        rows,
        columns,
        specs=[cells[row * columns :][:columns] for row in range(rows)],
        subplot_titles=[f"user {case.user_key}" for case in cases],
        horizontal_spacing=0.03,
        vertical_spacing=0.1 / rows,
    )
    hidden = {"showticklabels": False, "zeroline": False}
    figure.update_xaxes(**hidden, showline=True, mirror=True)
    figure.update_yaxes(**hidden, showline=True, mirror=True)
    figure.update_layout(
        template="plotly_white",
        height=_PANEL * rows + 120,
        legend={"orientation": "h", "yanchor": "top", "y": -0.02},
        margin={"l": 20, "r": 20, "t": 40, "b": 20},
    )
    return figure


def _trace(case, places, mark, indices, is_told):
    from plotly.graph_objects import Scatter

    points = [case.points[index] for index in indices]
    return Scatter(
        x=places[indices, 0].tolist(),
        y=places[indices, 1].tolist(),
        mode="markers",
        name=mark.label.replace("\n", " "),
        legendgroup=mark.label,
        showlegend=is_told,
        text=[hover(point) for point in points],
        hovertemplate="%{text}<extra></extra>",
        marker={
            "symbol": mark.symbol,
            "size": mark.size,
            "opacity": mark.opacity,
            "color": [color_of(point) for point in points],
            "line": {"color": mark.outline, "width": 0.7},
        },
    )


def hover(point):
    """What a point tells when it is pointed at, in lines of HTML."""
    lines = {
        TARGET: "clicked target",
        INTEREST: f"interest r of channel {point.channel}",
        AUGMENTED: f"augmented interest r* of channel {point.channel}",
        TWIN: f"behaviour {point.rank} of TWIN's selection",
    }
    told = [lines.get(point.kind, f"interest channel {point.channel}")]
    if point.kind == INTEREST:
        told.append(f"of {point.behaviours:,} behaviours")
    if point.kind == AUGMENTED:
        told.append(f"draw {point.draw}{', of the score' * (point.draw == 1)}")
    told += [f"{name} {value}" for name, value in point.ids.items()]
    told += [point.when] if point.when else []
    if point.score is not None:
        told.append(f"click probability {point.score:.3f}")
    return "<br>".join(map(html.escape, told))
