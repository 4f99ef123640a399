import re

import pytest

from diffumin_tf.experiments.figure import draw, make_figure
from tests.experiments.small_results import a_comparison, a_row, over

BASE = a_row("base", 0.7, 0.02)
ROWS = [
    BASE,
    a_row("c = 2", 0.72, None, group="channels", baseline=over("base", 0.02, 0, 0.05)),
    a_row("mine", 0.71, baseline=over("base", 0.01, -0.01, 0.03)),
    a_row("top-2", 0.68, group="routing", baseline=over("base", -0.02, -0.04, 0)),
    a_row("rule", 0.9, None, is_reference=True),
]
COMPARISON = a_comparison("base", "c = 2", "mine", "top-2", focus="mine")


def labels(axis):
    return [label.get_text() for label in axis.get_yticklabels()]


def lines(axis, row):
    """The ends of what is drawn in a row, in the order drawn."""
    found = [line.get_xdata() for line in axis.lines if set(line.get_ydata()) == {row}]
    return [pytest.approx(sorted(set(ends))) for ends in found]


def test_a_panel_for_each_group_with_the_baseline_in_all():
    axes = make_figure(ROWS, COMPARISON).axes
    assert [labels(axis) for axis in axes] == [
        ["base", "mine"],
        ["channels", "base", "c = 2"],
        ["routing", "base", "top-2"],
    ]
    assert axes[-1].get_xlabel() == "test AUC"
    assert axes[0].child_axes[0].get_xlabel() == "AUC − base"


def test_one_panel_in_the_order_of_the_rows_without_groups():
    rows = [a_row("a", 0.6), BASE, a_row("b", 0.8)]
    (axis,) = make_figure(rows, a_comparison("base", "a", "b")).axes
    assert labels(axis) == ["a", "base", "b"]


def test_dots_bars_and_intervals_by_hand():
    first, channels, _ = make_figure(ROWS, COMPARISON).axes
    assert lines(first, 0) == [[0.68, 0.72], [0.7]]
    # The interval about .71 - .01, the deviation of .01, the dot.
    assert lines(first, 1) == [[0.69, 0.73], [0.7, 0.72], [0.71]]
    assert lines(channels, 1) == [[0.7, 0.75], [0.72]]  # A single run.
    dots = [axis.lines[-1].get_color() for axis in (first, channels)]
    assert dots[0] != dots[1]  # The focus stands out.


@pytest.mark.parametrize(
    "rows, forms",
    [
        (ROWS, ["mean of", "± std.", "95 %"]),
        ([BASE], ["mean of", "± std."]),
        ([a_row("a", 0.7, None), ROWS[1]], ["mean of", "95 %"]),
    ],
)
def test_the_legend_names_what_is_drawn(rows, forms):
    (legend,) = make_figure(rows, a_comparison(*(row.model for row in rows))).legends
    for text, form in zip(legend.get_texts(), forms, strict=True):
        assert text.get_text().startswith(form)


def test_files_are_the_same_for_the_same_rows():
    files = draw(ROWS, COMPARISON)
    assert files[".png"].startswith(b"\x89PNG")
    text = files[".svg"].decode()
    # Text is drawn as outlines, with a comment that says what it is.
    assert len(re.findall("<!-- base -->", text)) == 3
    assert "<!-- rule -->" not in text and "<dc:date>" not in text
    assert draw(ROWS, COMPARISON) == files


def test_before_the_baseline_has_a_run():
    (axis,) = make_figure([a_row("a", 0.6)], a_comparison("base", "a")).axes
    assert labels(axis) == ["a"] and not axis.child_axes
