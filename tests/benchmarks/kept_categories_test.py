"""What the channels keep of the target's category, by hand."""

import numpy as np

from benchmarks.kept_categories import report, shares


def test_shares_by_hand():
    # Five behaviours, the last one padding; the target's category at 0, 1 and padding.
    mask = np.array([[True, True, True, True, False]])
    same = np.array([[True, True, False, False, True]])
    kept = np.array([[[1, 0], [0, 0], [1, 0], [0, 0.5], [0, 0]]])
    found = shares(kept, same, mask)
    wanted = {
        "count": 2,
        "history": 0.5,
        "channel 0": 0.5,
        "channel 1": 0,
        "best channel": 0.5,
        "found": 0.5,
    }
    assert {name: value.item() for name, value in found.items()} == wanted


def test_an_empty_history_has_no_share():
    nothing = np.zeros((1, 3), bool)
    found = shares(np.zeros((1, 3, 2)), nothing, nothing)
    assert not any(value.any() for value in found.values())


def test_medians_are_of_histories_that_have_the_category():
    counts = {"count": np.array([0, 1, 3]), "history": np.array([0, 0.2, 0.4])}
    lines = list(report(counts, np.array([0.0, 0.0, 1.0])))
    assert lines[0].startswith("2 of 3 ")
    assert lines[-1] == "| history | 0.3 | 0.22 | 0.38 | 1.0000 |"
