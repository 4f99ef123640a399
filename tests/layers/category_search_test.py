"""Tests of SIM-hard's search, against a filter in Python."""

import numpy as np
import pytest

from diffumin_tf.layers.category_search import category_search
from tests.testing import in_graph

RNG = np.random.default_rng(0)
CATEGORIES = RNG.integers(1, 4, (5, 9)).astype("int32")
TARGET = np.array([1, 2, 3, 1, 9], "int32")
MASK = np.arange(9) < np.array([9, 4, 9, 0, 9])[:, None]


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("count", [1, 2, 12])
@pytest.mark.parametrize("users", [None, np.array([1, 1, 0, 2, 3])])
def test_equals_a_filter(users, count, jit):
    find = in_graph(
        lambda *x: category_search(*x, count, user_index=users), jit_compile=jit
    )
    positions, chosen = (np.asarray(x) for x in find(CATEGORIES, TARGET, MASK))
    for row, target in enumerate(TARGET):
        stored = CATEGORIES[row if users is None else users[row]]
        wanted = [j for j in range(9) if MASK[row, j] and stored[j] == target]
        assert positions[row][chosen[row]].tolist() == wanted[:count]


def test_runs_of_rows_share_a_history():
    found = category_search(CATEGORIES[:1], TARGET, MASK, 3)
    wanted = category_search(CATEGORIES[[0] * 5], TARGET, MASK, 3)
    for one, two in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one, two)
