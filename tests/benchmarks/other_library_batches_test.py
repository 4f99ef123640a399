"""Tests of the batches in another library's form."""

import json

import numpy as np
import pytest

from benchmarks import other_library_batches as batches

FIELDS = {
    "history": [
        {"name": "history/poi", "table": "poi", "num_ids": 40},
        {"name": "history/kind", "table": "kind", "num_ids": 90},
    ],
    "target": [
        {"name": "target/poi", "table": "poi", "num_ids": 40},
        {"name": "target/kind", "table": "kind", "num_ids": 90},
    ],
    "other": [{"name": "user/city", "table": "city", "num_ids": 5}],
}
ARRAYS = {
    # Most recent first, as our pipeline has it.
    "history": np.array(
        [
            [[31, 81], [32, 82], [33, 83], [34, 84]],
            [[0, 0], [0, 0], [0, 0], [0, 0]],
            [[35, 85], [36, 86], [0, 0], [0, 0]],
        ],
        np.int32,
    ),
    "history_length": np.array([4, 0, 2], np.int32),
    "target": np.array([[21, 71], [22, 72], [23, 73]], np.int32),
    "other": np.array([[2], [3], [4]], np.int32),
    "user_key": np.array([6, 6, 5]),
    "label": np.array([1, 0, 1], np.float32),
}


def test_behaviours_run_from_the_oldest_to_the_target():
    batch, items, mask = batches.library_batch(ARRAYS, FIELDS, np.array([2, 0]))
    np.testing.assert_array_equal(
        items["target_poi"].reshape(2, 5), [[0, 0, 36, 35, 23], [34, 33, 32, 31, 21]]
    )
    np.testing.assert_array_equal(
        items["target_kind"].reshape(2, 5), [[0, 0, 86, 85, 73], [84, 83, 82, 81, 71]]
    )
    np.testing.assert_array_equal(mask, [[0, 0, 1, 1], [1, 1, 1, 1]])
    np.testing.assert_array_equal(batch["user_city"], [4, 2])
    np.testing.assert_array_equal(batch["label"], [1, 1])


def test_a_batch_of_empty_histories_has_one_position_of_padding():
    _, items, mask = batches.library_batch(ARRAYS, FIELDS, np.array([1]))
    np.testing.assert_array_equal(items["target_poi"], [0, 22])
    np.testing.assert_array_equal(mask, [[0]])


def test_only_the_most_recent_behaviours_stay(tmp_path):
    np.savez(tmp_path / "test.npz", **ARRAYS)
    arrays = batches.load_arrays(tmp_path, "test", 3)
    np.testing.assert_array_equal(arrays["history"][0, :, 0], [31, 32, 33])
    np.testing.assert_array_equal(arrays["history_length"], [3, 0, 2])


def test_target_and_behaviours_share_a_table():
    specs = batches.feature_specs(FIELDS)
    assert [(name, spec["source"]) for name, spec in specs.items()] == [
        ("target_poi", "item"),
        ("target_kind", "item"),
        ("user_city", "context"),
    ]
    assert specs["target_kind"]["vocab_size"] == 90
    assert {spec["padding_idx"] for spec in specs.values()} == {0}


def test_fields_of_one_table_share_their_embeddings():
    visited = {"name": "context/last_poi", "table": "poi", "num_ids": 40}
    specs = batches.feature_specs({**FIELDS, "other": [visited]})
    assert specs["context_last_poi"]["share_embedding"] == "target_poi"
    assert "share_embedding" not in specs["target_poi"]


def test_runs_of_a_user_are_shuffled_and_stay_whole():
    user_key = np.repeat(np.arange(50), 5)
    first = batches.training_order(user_key, 2, seed=1, epoch=0)
    np.testing.assert_array_equal(np.sort(first), np.arange(250))
    place = np.argsort(first)
    # Of five impressions two, two and one are a run.
    in_users = place.reshape(50, 5)
    np.testing.assert_array_equal(in_users[:, 1], in_users[:, 0] + 1)
    np.testing.assert_array_equal(in_users[:, 3], in_users[:, 2] + 1)
    assert (in_users[:, 2] != in_users[:, 1] + 1).any()
    assert (in_users[:, 4] != in_users[:, 3] + 1).any()


def test_the_order_depends_on_seed_and_epoch():
    user_key = np.repeat(np.arange(50), 5)
    first, again, epoch, seed = (
        batches.training_order(user_key, 2, *pair)
        for pair in ((1, 0), (1, 0), (1, 1), (2, 0))
    )
    np.testing.assert_array_equal(first, again)
    assert (first != epoch).any() and (first != seed).any()


def test_unfinished_arrays_are_refused(tmp_path):
    with pytest.raises(ValueError, match="finished.*without fields.json"):
        batches.load_fields(tmp_path)
    (tmp_path / "fields.json").write_text(json.dumps(FIELDS))
    assert batches.load_fields(tmp_path) == FIELDS
