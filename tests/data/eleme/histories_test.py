"""Lists to histories, by hand and against a loop."""

import random

import numpy as np
import pytest

from diffumin_tf.data.eleme.histories import histories


def _arrays(rows, names):
    """Rows, name to list, as `histories` takes them."""
    return {
        name: (
            np.array([v for row in rows for v in row[name]], np.int64),
            np.array([len(row[name]) for row in rows], np.int64),
        )
        for name in names
    }


def _histories(rows, max_length=50, most_recent_first=True):
    """Per row, name to list."""
    lists = _arrays(rows, rows[0])
    columns, counts = histories(lists, max_length, most_recent_first)
    ends = np.cumsum(counts)
    return [
        {name: v[e - n : e].tolist() for name, v in columns.items()}
        for e, n in zip(ends, counts, strict=True)
    ]


def test_oldest_first():
    assert _histories([{"a": [1, 2, 3], "b": [4, 5, 6]}]) == [
        {"a": [3, 2, 1], "b": [6, 5, 4]}
    ]


def test_lists_that_begin_with_the_oldest():
    rows = [{"a": [1, 2, 3], "b": [5, 6]}]
    assert _histories(rows, most_recent_first=False) == [
        {"a": [1, 2, 3], "b": [0, 5, 6]}
    ]


def test_unequal_lists_are_aligned_at_the_most_recent_end():
    assert _histories([{"a": [1, 2, 3], "b": [5]}]) == [
        {"a": [3, 2, 1], "b": [0, 0, 5]}
    ]


def test_an_empty_first_entry_is_no_value():
    assert _histories([{"a": [0, 2], "b": [5, 6]}]) == [{"a": [2, 0], "b": [6, 5]}]


def test_a_behaviour_without_any_value_is_left_out():
    assert _histories([{"a": [0, 2, 0, 3, 0], "b": [0, 6, 0]}]) == [
        {"a": [3, 2], "b": [0, 6]}
    ]


def test_empty_lists():
    rows = [{"a": [0], "b": [0]}, {"a": [1], "b": [0]}, {"a": [0], "b": []}]
    nothing = {"a": [], "b": []}
    assert _histories(rows) == [nothing, {"a": [1], "b": [0]}, nothing]


def test_the_most_recent_are_kept():
    rows = [{"a": [0, 1, 2, 3], "b": [0, 4, 5, 6]}]
    assert _histories(rows, 2) == [{"a": [2, 1], "b": [5, 4]}]
    assert _histories(rows, 2, False) == [{"a": [2, 3], "b": [5, 6]}]


def test_no_rows():
    columns, counts = histories(_arrays([], "ab"), 50, True)
    assert columns["a"].tolist() == columns["b"].tolist() == counts.tolist() == []


@pytest.mark.parametrize("most_recent_first", [True, False])
def test_equals_a_loop(most_recent_first):
    draw = random.Random(0)
    rows = [
        {name: [draw.randrange(3) for _ in range(draw.randrange(9))] for name in "abc"}
        for _ in range(300)
    ]
    wanted = []
    for row in rows:
        found = []
        for place in range(9):
            at = place if most_recent_first else -1 - place
            values = {
                name: entries[at] if place < len(entries) else 0
                for name, entries in row.items()
            }
            if any(values.values()):
                found.append(values)
        found = found[:4][::-1]
        wanted.append({name: [values[name] for values in found] for name in "abc"})
    assert _histories(rows, 4, most_recent_first) == wanted
