"""Good rows, and what is said of the others."""

import pytest

from diffumin_tf.data.eleme.parts import Lines
from diffumin_tf.data.eleme.rows import BadRows, good_rows
from tests.data.eleme.small_parts import line


def _good(*lines):
    bad = BadRows()
    cells = good_rows(Lines("D1_0.csv", 1, 7, list(lines)), bad)
    return [b",".join(row) for row in cells.numpy()], bad


def test_good_rows_are_kept_as_they_are():
    lines = [
        line(),
        line(gender="", visit_city="", is_supervip="", brand_id=""),
        line(gender="-99", shop_id_list=";", item_id_list=";1;2"),
        line(avg_price="1.5e3", total_amt_30="0.", hours="0"),
        line(avg_price=".5", hours="23", geohash12="\u9999"),
    ]
    found, bad = _good(*lines)
    assert found == lines and bad == BadRows()


def test_ends_of_lines_may_be_those_of_windows():
    assert _good(line() + b"\r")[0] == [line()]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (line() + b",", "a row must have 39 columns. Received: 40 in line 8"),
        (b"1,u1", "a row must have 39 columns. Received: 2 in line 8"),
        (b"", "a row must have 39 columns. Received: 1 in line 8"),
        (
            line(geohash12="?").replace(b"?", b"a\xff"),
            r"a row must be UTF-8 text. Received: b'\xff' in column 39, line 8",
        ),
        (line(label="2"), "label must be 0 or 1. Received: '2' in column 1, line 8"),
        (line(label=""), "label must be 0 or 1. Received: '' in column 1, line 8"),
        (
            line(user_id=""),
            "user_id must not be empty. Received: '' in column 2, line 8",
        ),
        (
            line(item_id=""),
            "item_id must not be empty. Received: '' in column 11, line 8",
        ),
        *(
            (
                line(hours=hours),
                "hours must be an hour from 0 to 23. "
                f"Received: '{hours}' in column 36, line 8",
            )
            for hours in ("24", "", "1.0", "-1")
        ),
        *(
            (
                line(avg_price=price),
                "avg_price must be a number that is not negative. "
                f"Received: '{price}' in column 5, line 8",
            )
            for price in ("", "free", "-1", "nan", "inf", "1e99", "1 ")
        ),
        (
            line(total_amt_30="x" * 99),
            "total_amt_30 must be a number that is not negative. "
            f"Received: '{'x' * 40}...' in column 9, line 8",
        ),
    ],
)
def test_a_bad_row_is_named_and_only_it_is_lost(text, message):
    found, bad = _good(line(user_id="a"), text, line(user_id="b"))
    assert found == [line(user_id="a"), line(user_id="b")]
    assert bad.shown == [f"{message} of D1_0.csv."]
    assert bad.total == 1


def test_lines_are_counted_behind_lines_that_are_no_rows():
    _, bad = _good(b"", line(), line(label="2"))
    assert "in column 1, line 9 of" in bad.shown[1]


def test_bad_rows_are_counted_by_the_first_rule_and_twenty_are_shown():
    _, bad = _good(*[line(label="2", hours="x")] * 30, *[line(hours="x")] * 5)
    assert bad.reasons == {
        "label must be 0 or 1": 30,
        "hours must be an hour from 0 to 23": 5,
    }
    assert len(bad.shown) == 20 and bad.total == 35


def test_no_lines():
    assert _good()[0] == []
