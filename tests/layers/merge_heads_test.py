"""Tests of the walk along the heads' ranked lists, against the walk in Python."""

import numpy as np
import pytest

from diffumin_tf.layers.merge_heads import merge_heads
from tests.testing import arrays, in_graph

LENGTH = 9
LENGTHS = np.array([9, 4, 1, 0, 9])
MASK = np.arange(LENGTH) < LENGTHS[:, None]
MASK[4, ::2] = False


def slow(scores, mask, count):
    """The chosen positions of one row, a list."""
    valid = np.flatnonzero(mask)
    lists = [sorted(valid, key=lambda j: (-head[j], j)) for head in scores]
    met = []
    for rank in range(len(valid)):
        for ranked in lists:
            if ranked[rank] not in met:
                met.append(ranked[rank])
    return met[:count]


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("count", [1, 3, 9, 12])
@pytest.mark.parametrize("heads", [1, 3])
def test_equals_the_walk(count, heads, jit):
    merge = in_graph(lambda *x: merge_heads(*x, count), jit_compile=jit)
    random = arrays(heads, (len(MASK), heads, LENGTH))
    for scores in (random, np.round(random), random - 1e4):  # with ties, all low
        positions, chosen = (np.asarray(found) for found in merge(scores, MASK))
        assert positions.shape == chosen.shape == (len(MASK), count)
        assert (0 <= positions).all() and (positions < LENGTH).all()
        for row, mask in enumerate(MASK):
            wanted = slow(scores[row], mask, count)
            assert positions[row][chosen[row]].tolist() == wanted
            assert chosen[row].sum() == min(count, mask.sum())


def test_heads_take_turns():
    scores = np.array([[[9.0, 8, 7, 6, 5], [0, 1, 2, 3, 4], [9, 1, 5, 3, 2]]])
    # Heads rank 0 1 2.., 4 3 2.., 0 2 3..: 0, 4, (0), 1, 3, 2.
    positions, chosen = merge_heads(scores, np.ones((1, 5), bool), 4)
    np.testing.assert_array_equal(positions, [[0, 4, 1, 3]])
    assert np.all(chosen)
