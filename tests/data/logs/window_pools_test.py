"""Draws of items from windows of time, counted."""

from collections import Counter

import duckdb
import numpy as np
import pytest

from diffumin_tf.data.logs import window_pools
from diffumin_tf.data.logs.negative_sampling import NegativeSampling

# Windows of a day: item 5 once and item 7 three times, nothing, item 5 twice.
_ROWS = "FROM (VALUES (10, 5), (11, 7), (12, 7), (13, 7), (200000, 5), (200001, 5))"


@pytest.mark.parametrize("pairs_at_once", [1, 1000])
@pytest.mark.parametrize(
    ("weighting", "weights"),
    [("events", {0: {5: 1, 7: 3}, 2: {5: 2}}), ("items", {0: {5: 1, 7: 1}, 2: {5: 1}})],
)
def test_each_item_is_drawn_by_its_weight(
    weighting, weights, pairs_at_once, tmp_path, monkeypatch
):
    monkeypatch.setattr(window_pools, "_PAIRS_AT_ONCE", pairs_at_once)
    sampling = NegativeSampling(window_days=1, weighting=weighting)
    with duckdb.connect() as connection:
        rows = f"SELECT col0 AS time, col1 AS code {_ROWS} t"
        result = window_pools.write_pools(connection, rows, sampling, tmp_path)
    assert result == {"windows": 2, "pairs": 3}
    pools = window_pools.WindowPools(tmp_path)
    for window, expected in weights.items():
        total = sum(expected.values())
        # Hashes 0, 1, ... take each place of the window the same number of times.
        hashes = np.arange(5 * total, dtype=np.uint64)
        drawn = pools.draw(np.full(len(hashes), window), hashes)
        assert Counter(drawn.tolist()) == {i: 5 * n for i, n in expected.items()}
