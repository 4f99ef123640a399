"""The picture and the page of the same cases."""

import json
import re

import numpy as np
import pytest

from diffumin_tf.case_study.case import Case
from diffumin_tf.case_study.marks import LAYERS, color_of, layers_of
from diffumin_tf.case_study.page import hover, make_page
from diffumin_tf.case_study.picture import draw_picture
from tests.case_study.small_case import small_case

PLACES = np.arange(22.0).reshape(11, 2)
PLACES[6] = np.nan


def test_every_point_has_one_mark_and_its_channel_s_colour():
    case = small_case()
    layers = layers_of(case)
    assert [mark for mark, _ in layers] == [*LAYERS]
    assert [[*indices] for _, indices in layers] == [
        [0],
        [2, 6],
        [1, 5],
        [3, 7],
        [9, 10],
        [4, 8],
    ]
    colors = [color_of(point) for point in case.points]
    assert len({*colors[1:5]}) == len({*colors[5:9]}) == 1
    assert len({*colors}) == 4  # Target, two channels, TWIN.
    sizes = [mark.size for mark in LAYERS]
    assert sizes[0] == max(sizes) and sizes[1:4] == sorted(sizes[1:4], reverse=True)


@pytest.mark.parametrize("count", [1, 4])
def test_picture(count):
    cases = [small_case(key) for key in range(count)]
    picture = draw_picture(cases, [PLACES] * count)
    assert picture.startswith(b"\x89PNG")
    assert picture == draw_picture(cases, [PLACES] * count)
    moved = [PLACES] * (count - 1) + [PLACES[::-1]]
    assert picture != draw_picture(cases, moved)


def test_page_stands_alone_and_shows_every_point_once():
    cases = [small_case(key) for key in range(3)]
    page = make_page("A < B", ["it's <so>"], cases, [PLACES] * 3)
    assert page == make_page("A < B", ["it's <so>"], cases, [PLACES] * 3)
    assert "<h1>A &lt; B</h1>" in page and "<p>it&#x27;s &lt;so&gt;</p>" in page
    assert not re.findall(r"<(?:script|link|img|iframe)[^>]*(?:src|href)", page)
    assert page.count("<table>") == 6
    traces = plotted(page)
    assert sum(len(trace["x"]) for trace in traces) == 33
    assert {trace["xaxis"] for trace in traces} == {"x", "x2", "x3"}
    told = [trace["name"] for trace in traces if trace["showlegend"]]
    assert told == [mark.label.replace("\n", " ") for mark in LAYERS]
    last = [trace for trace in traces if trace["xaxis"] == "x3"]
    assert [trace["x"] for trace in last] == [
        [0],
        [4, None],  # The zero vector.
        [2, 10],
        [6, 14],
        [18, 20],
        [8, 16],
    ]


def plotted(page):
    """What the page hands to plotly."""
    start = page.index("[", page.rindex("Plotly.newPlot("))
    return json.JSONDecoder().raw_decode(page[start:])[0]


def test_what_a_point_tells():
    told = [hover(point) for point in small_case().points]
    assert told[0] == (
        "clicked target<br>poi 7<br>name &lt;a&gt; &amp; b<br>1970-01-02T00:00:00<br>"
        "click probability 0.250"
    )
    assert told[1] == "interest channel 1"
    assert told[2] == "interest r of channel 1<br>of 1,200 behaviours"
    assert told[3] == "augmented interest r* of channel 1<br>draw 1, of the score"
    assert told[8] == "augmented interest r* of channel 2<br>draw 2"
    assert told[10] == (
        "behaviour 2 of TWIN&#x27;s selection<br>poi 9<br>1970-01-01T00:01:00"
    )


def test_a_case_without_augmented_interests():
    case = Case(5, small_case().points[:3])
    assert draw_picture([case], [PLACES[:3]]).startswith(b"\x89PNG")
    assert len(plotted(make_page("t", [], [case], [PLACES[:3]]))) == 3
