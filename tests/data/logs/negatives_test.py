"""Negatives: where they come from, and that nothing tells them but their item."""

import csv
import random
from collections import Counter

import numpy as np
import pytest

from diffumin_tf.data.logs import LogColumns, NegativeSampling, prepare_data
from diffumin_tf.data.records import UserRecords

_DAY = 86_400
_COLUMNS = LogColumns(
    user="user", item="item", time="time", item_fields="brand", context_fields="hour"
)


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """120 users of 40 days, 90 items that are active at different times."""
    draw, rows = random.Random(1), []
    for user in range(1, 121):
        for _ in range(25):
            day = draw.randrange(40)
            item = 1 + (day + int(30 * draw.random() ** 2)) % 90
            row = (user, item, day * _DAY + draw.randrange(50), f"b{item % 5}")
            rows.append((*row, draw.randrange(1, 25)))
    path = tmp_path_factory.mktemp("log") / "log.csv"
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows([("user", "item", "time", "brand", "hour"), *rows])
    return path, sorted(set(rows))


def _prepare(log, directory, impressions="all", num_shards=2, **sampling):
    report = prepare_data(
        log[0],
        directory,
        _COLUMNS,
        test_share=0.3,
        impressions=impressions,
        num_shards=num_shards,
        negatives=NegativeSampling(window_days=3, **sampling),
    )
    users = UserRecords(directory).users().as_numpy_iterator()
    return report, {int(user["user_key"][0]): user for user in users}


def _impressions(user):
    names = ("impression_time", "history_length", "context/hour", "target/item")
    columns = [user[name].tolist() for name in (*names, "target/brand", "label")]
    return list(zip(*columns, strict=True))


@pytest.mark.parametrize("impressions", ["all", "first_visits"])
def test_negatives_are_active_in_the_window_and_new_to_the_user(
    log, tmp_path, impressions
):
    report, users = _prepare(log, tmp_path / "d", impressions, per_positive=2)
    test_start = report["splits"]["test"]["from_second"]
    active, active_before_test, own, met = {}, {}, {}, {}
    for user, item, time, *_ in log[1]:
        window = time // (3 * _DAY)
        active.setdefault(window, set()).add(item)
        if time < int(test_start):
            active_before_test.setdefault(window, set()).add(item)
        own.setdefault((user, window), set()).add(item)
        met.setdefault((user, item), time)
    count = Counter()
    for key, user in users.items():
        for time, _, _, item, brand, label in _impressions(user):
            count[label] += 1
            if label == 1:
                continue
            window = time // (3 * _DAY)
            known = active if time >= int(test_start) else active_before_test
            assert item in known[window] - own[key, window]
            assert brand.decode() == f"b{item % 5}"
            if impressions == "first_visits":
                assert met.get((key, item), time) >= time
    assert count[0] == 2 * count[1] - report["negatives_not_found"]
    assert report["negatives_not_found"] < count[1] / 10


def test_negatives_share_all_but_the_item_with_their_positive(log, tmp_path):
    _, users = _prepare(log, tmp_path / "d")
    first = 0
    for user in users.values():
        moments = {0: Counter(), 1: Counter()}
        shown = _impressions(user)
        for *moment, _, _, label in shown:
            moments[label][tuple(moment)] += 1
        assert moments[0] == moments[1]
        first += sum(label for *_, label in shown[::2])
    pairs = sum(len(user["label"]) for user in users.values()) / 2
    # By a fair coin 0.5 with a deviation of 0.009 for these 3000 pairs.
    assert abs(first / pairs - 0.5) < 0.04


def test_draws_depend_on_the_seed_and_not_on_the_shards(log, tmp_path):
    _, one = _prepare(log, tmp_path / "one", num_shards=1)
    _, five = _prepare(log, tmp_path / "five", num_shards=5)
    _, other = _prepare(log, tmp_path / "other", seed=1)
    assert one.keys() == five.keys() == other.keys()
    for key, user in one.items():
        assert all(np.array_equal(user[name], five[key][name]) for name in user)
    same = [np.array_equal(one[k]["target/item"], other[k]["target/item"]) for k in one]
    assert not any(same)


def test_a_negative_that_does_not_exist_is_counted(tmp_path):
    # Users 1 and 2 meet all there is in the window; user 3 lacks one item.
    rows = ["user,item,time"] + [f"{u},{i},{u}" for u in (1, 2) for i in (1, 2)]
    rows += ["3,1,50", "1,2,100", "2,1,101"]
    (tmp_path / "log.csv").write_text("\n".join(rows))
    report = prepare_data(
        tmp_path / "log.csv",
        tmp_path / "users",
        LogColumns(user="user", item="item", time="time"),
        test_share=0.25,
        negatives=NegativeSampling(),
        num_shards=1,
    )
    assert report["negatives_not_found"] == 6
    assert report["splits"]["train"]["impressions"] == 7
    users = UserRecords(tmp_path / "users").users().as_numpy_iterator()
    (third,) = [user for user in users if user["user_key"] == 3]
    assert sorted(zip(third["target/item"], third["label"], strict=True)) == [
        (1, 1.0),
        (2, 0.0),
    ]
