"""Impressions spread over an epoch: all of them, each with its own history."""

import numpy as np
import pytest

from tests.data.pipeline_test import expand, make_batches, make_user

OPTIONS = {"batch_size": 8, "seed": 3, "drop_remainder": False, "with_time": True}


def heavy_users():
    """Four users of 40 impressions, whose windows tell which impression they are of."""
    users = []
    for key in range(1, 5):
        history = (np.arange(41) + 7 * key) % 30 + 1
        prefixes = range(1, 41)
        times = [10 * prefix + 5 for prefix in prefixes]
        users.append(make_user(key, history, prefixes, times, **_targets(40)))
    return users


def _targets(count):
    return {"target/poi": [place % 30 + 1 for place in range(count)]}


def impressions(batches):
    """Everything about each impression, as sorted lists."""
    rows = []
    for features, label in batches:
        windows = expand(features)[:, :, 0]
        columns = [
            features["user_key"],
            features["impression_time"],
            np.asarray(features["rows"])[features["target"]][:, 0],
            features["noise_key"],
            label,
        ]
        columns = [np.asarray(column).tolist() for column in columns]
        rows += list(zip(*columns, windows.tolist(), strict=True))
    return rows


def epoch(**options):
    splits = {"users": heavy_users(), **OPTIONS, **options}
    return make_batches(split="all", **splits)


@pytest.mark.parametrize("grouped", [True, False])
def test_the_same_impressions_with_the_same_histories(grouped):
    plain = impressions(epoch(grouped=grouped))
    runs = impressions(epoch(grouped=grouped, run_length=3))
    assert len(plain) == 160
    assert sorted(runs) == sorted(plain)
    assert runs != plain


def test_a_batch_holds_more_users():
    def users_of(batches):
        return np.mean([len(set(b["user_key"].numpy())) for b, _ in batches])

    assert users_of(epoch()) < 1.3
    assert users_of(epoch(run_length=1)) > 3


def test_the_order_is_that_of_seed_and_epoch():
    first = impressions(epoch(run_length=3))
    assert impressions(epoch(run_length=3)) == first
    assert impressions(epoch(run_length=3, epoch=1)) != first
    assert impressions(epoch(run_length=3, seed=4)) != first


def test_stored_order_is_left_alone():
    stored = {"seed": None, "drop_remainder": None}
    assert impressions(epoch(run_length=3, **stored)) == impressions(epoch(**stored))


def test_error_on_length():
    with pytest.raises(ValueError, match="length=0"):
        epoch(run_length=0)
