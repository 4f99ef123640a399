import numpy as np
import pytest

from diffumin_tf.serving.history_difference import find_difference

STORED = [16, 15, 14, 13, 12, 11]


def difference(logged, stored=STORED, most=4):
    columns = [np.array(values, np.int64) for values in (logged, stored)]
    found = find_difference(columns[:1], columns[1:], most)
    return found.kind, found.behaviours


@pytest.mark.parametrize(
    ("logged", "kind", "behaviours"),
    [
        ([14, 13, 12, 11], "late", 2),
        ([15, 14, 13, 12], "late", 1),
        ([13, 12], "late", 3),  # A store that is late and keeps two.
        ([11], "late", 5),
        ([18, 17, 16, 15], "early", 2),
        ([16, 15, 14], "shorter", 1),
        ([16], "shorter", 3),
        ([], "empty", 4),
        ([0, 0, 0, 0], "empty", 4),
        ([13, 14, 15, 16], "oldest first", 4),
        ([11, 12, 13, 14, 15, 16], "oldest first", 4),
        ([0, 0, 13, 14, 15, 16], "oldest first", 4),
        ([0, 0, 16, 15, 14, 13], "padded first", 4),
        ([0, 0, 0, 0, 16, 15, 14, 13], "padded first", 4),
        ([16, 15, 99, 13], "values", 1),
        ([99, 15, 14], "values", 2),
        ([18, 17, 16], "values", 4),  # Not early: one more was to be read.
    ],
)
def test_by_hand(logged, kind, behaviours):
    assert difference(logged) == (kind, behaviours)


@pytest.mark.parametrize(
    ("logged", "stored", "kind", "behaviours"),
    [
        ([16, 15, 14], [16, 15], "longer", 1),
        ([17, 16, 15], [16, 15], "early", 1),
        ([16], [], "longer", 1),
        ([1, 1], [1, 1, 1], "shorter", 1),  # The same backwards.
        ([2, 1], [1, 2, 1], "oldest first", 3),  # Or late.
        ([0, 7, 0, 5], [6, 0, 7, 0, 5], "late", 1),  # Ids that are missing.
    ],
)
def test_short_histories_by_hand(logged, stored, kind, behaviours):
    assert difference(logged, stored) == (kind, behaviours)


def test_columns_are_taken_together():
    """By the city alone the history would be late by one behaviour."""
    logged = [np.array([13, 12]), np.array([b"a", b"a"], object)]
    stored = [np.array([14, 13, 12]), np.array([b"b", b"a", b"a"], object)]
    assert find_difference(logged, stored, 4).kind == "late"
    logged[0] = np.array([13, 99])
    assert find_difference(logged, stored, 4).kind == "values"
    assert find_difference(logged[1:], stored[1:], 4).kind == "late"


def test_of_several_places_the_most_recent():
    assert difference([1, 2], [3, 1, 2, 1, 2]) == ("late", 1)


def test_late_by_more_than_is_read():
    assert difference([14, 13], [*range(30, 10, -1)], most=2) == ("late", 16)


def test_one_other_value_among_equal_ones_is_no_shift():
    """It could be early by three, or late by any number, and is one value."""
    stored = [1] * 9
    assert difference([1, 1, 2, 1, 1, 1], stored, most=6) == ("values", 1)
    stored = [1, 1, 2, 1, 1, 1, 1, 1, 1]
    assert difference([1, 1, 1, 1, 1, 1], stored, most=6) == ("values", 1)
    # That both are moved by one is a shift.
    assert difference([1, 2, 1, 1, 1, 1], stored, most=6) == ("late", 1)
