import numpy as np
import pytest

from diffumin_tf.data.alibaba.seen_behaviours import seen_behaviours


def test_two_users_by_hand():
    # The first user's behaviours are at 0 to 4, the second's at 5 and 6.
    first, end = np.array([0, 0, 5, 5]), np.array([2, 5, 5, 7])
    seen, lengths = seen_behaviours(first, end, 1, 7)
    assert seen.tolist() == [False, True, False, False, True, False, True]
    assert lengths.tolist() == [1, 2, 0, 1]
    seen, lengths = seen_behaviours(first, end, None, 7)
    assert seen.all() and lengths.tolist() == [2, 5, 0, 2]


@pytest.mark.parametrize("seed", range(20))
def test_each_impression_sees_the_same_latest_behaviours(seed):
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 30, 5)
    starts = np.cumsum(counts) - counts
    owner = np.sort(rng.integers(0, 5, 12))
    end = starts[owner] + np.sort(rng.random(12)) * counts[owner]
    end, length = end.astype(int), int(rng.integers(1, 8))
    seen, lengths = seen_behaviours(starts[owner], end, length, counts.sum())
    wanted = set()
    for user, last, kept in zip(owner, end, lengths, strict=True):
        visible = list(range(starts[user], last))[-length:]
        wanted |= set(visible)
        stored = [
            p for p in range(starts[user], starts[user] + counts[user]) if seen[p]
        ]
        assert stored[:kept][-length:] == visible
    assert set(np.flatnonzero(seen).tolist()) == wanted
