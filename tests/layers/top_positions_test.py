"""Tests of the ranking of single lists."""

import numpy as np
import pytest

from diffumin_tf.layers.top_positions import top_positions
from tests.testing import arrays, in_graph

LENGTH = 9
MASK = np.arange(LENGTH) < np.array([9, 4, 1, 0, 9])[:, None]
MASK[4, ::2] = False


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("count", [1, 3, 9, 12])
def test_equals_a_sort(count, jit):
    find = in_graph(lambda *x: top_positions(*x, count), jit_compile=jit)
    random = arrays(0, MASK.shape)
    signed_zeros = np.where(random > 0, 0.0, -0.0)
    for scores in (random, np.round(random), random - 1e4, signed_zeros):
        positions, chosen = (np.asarray(found) for found in find(scores, MASK))
        assert positions.shape == chosen.shape == (len(MASK), count)
        assert (0 <= positions).all() and (positions < LENGTH).all()
        for row, mask in enumerate(MASK):
            valid = np.flatnonzero(mask)
            best = sorted(valid, key=lambda j, s=scores[row]: (-s[j], j))[:count]
            assert positions[row][chosen[row]].tolist() == best
            assert chosen[row].sum() == len(best)
