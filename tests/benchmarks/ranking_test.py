"""Tests of the ranked request: every form gives the same probabilities."""

import numpy as np
import pytest

from benchmarks import batches, ranking, steps
from benchmarks.workload import Workload

REQUEST = Workload(
    batch_size=7,
    impressions_a_user=7,
    sequence_length=20,
    num_rows=300,
    num_sampling_steps=2,
    short_term_length=5,
)


@pytest.fixture(scope="module")
def impressions():
    return batches.draw_impressions(REQUEST)[0]


@pytest.mark.slow
def test_grouped_request_scores_as_tiled_rows_in_chunks(impressions, monkeypatch):
    monkeypatch.setattr(ranking, "_CHUNK", 3)
    model = steps.build_ours(
        steps.make_diffumin(REQUEST), batches.our_inputs(impressions)
    )
    grouped = ranking.our_ranking(model, impressions, jit=False)()
    tiled = ranking.tiled_ranking(model, impressions, jit=False)()
    assert grouped.shape == (7,) and np.ptp(grouped) > 0
    # float32 sums of 20 behaviours, in another order.
    np.testing.assert_allclose(tiled, grouped, atol=1e-5)


def test_first_candidate_alone_keeps_the_history(impressions):
    first = ranking._only_first(impressions)
    assert first["history"] is impressions["history"]
    assert {len(first[name]) for name in ("target", "user_index", "noise_key")} == {1}


def test_request_holds_ids_of_eight_bytes(impressions):
    once = ranking.request_bytes(impressions)
    # 20·3 of the history; 7 candidates of 3 target and 3 other ids and a user.
    ids = 20 * 3 + 7 * (3 + 3 + 1)
    assert 8 * ids <= once <= 8 * ids + 100  # shapes and types of 4 tensors
    tiled = ranking.request_bytes(batches.tile(impressions))
    assert 8 * (ids + 6 * 60) <= tiled <= 8 * (ids + 6 * 60) + 100
