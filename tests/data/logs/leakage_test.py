"""Prepared records against a reference that goes row by row, on hostile logs."""

import csv
import itertools
import math
import random

import pytest

from diffumin_tf.data.logs import LogColumns, prepare_data
from diffumin_tf.data.records import UserRecords

_NAMES = ("user", "item", "time", "order", "category", "hour", "label")
_SHARE = 0.3


def _make_log(seed, as_text):
    """Rows in no order, with ties in time and in order, and duplicates.

    User 1 has impressions only, user 2 behaviours only, user 3 a single row, user 4
    all rows in one second.
    """
    draw, rows = random.Random(seed), []
    for user in [1, 2, 4, *range(5, 10)] * 30 + [3]:
        label = {1: "0", 2: ""}.get(user, draw.choice(["0", "1", "1", ""]))
        time = 3 if user == 4 else draw.randrange(12)
        item, order = draw.randrange(1, 25), draw.randrange(3)
        category, hour = draw.choice(["x", "y", ""]), draw.randrange(1, 4)
        ids = (f"u{user}", f"i{item}") if as_text else (str(user), str(item))
        rows.append((*ids, str(time), str(order), category, str(hour), label))
    rows += draw.sample(rows, 20)
    draw.shuffle(rows)
    return rows


def _write(path, rows):
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows([_NAMES, *rows])


def _reference(rows, has_order, history, split, train_share, first_visits):
    """User to the history, and to the impressions in no order."""
    rows = [dict(zip(_NAMES, row, strict=True)) for row in set(rows)]
    if not has_order:
        rows = [{**row, "order": "0"} for row in rows]
        rows = [dict(row) for row in {tuple(row.items()) for row in rows}]
    part = _parts(rows, split, train_share)
    users = {}
    for user in {row["user"] for row in rows}:
        own = [row for row in rows if row["user"] == user]
        behaviours = [r for r in own if history == "all" or r["label"] == "1"]
        impressions = []
        for row in own:
            length = sum(_moment(other) < _moment(row) for other in behaviours)
            met = [r for r in own if r["item"] == row["item"]]
            if row["label"] == "" or part(row) == "history":
                continue
            if first_visits and min(map(_place, met)) < _place(row):
                continue
            impressions.append((part(row), length, *_shown(row), float(row["label"])))
        if impressions:
            users[user] = (sorted(map(_behaviour, behaviours)), sorted(impressions))
    return users


def _parts(rows, split, train_share):
    """A function from a row to "history", "train" or "test"."""

    def first_of_last(times, share, include):
        place = len(times) - min(len(times), math.floor(len(times) * share + 1e-9))
        return sorted(times)[place] if include else sorted(times)[:place][-1:]

    train = 1.0 if train_share is None else _SHARE + train_share
    times = [int(row["time"]) for row in rows]
    if split == "time":
        cuts = [first_of_last(times, share, True) for share in (train, _SHARE)]
        return lambda row: ("history", "train", "test")[
            sum(int(row["time"]) >= cut for cut in cuts)
        ]

    def part(row):
        own = [int(r["time"]) for r in rows if r["user"] == row["user"]]
        lasts = [first_of_last(own, share, False) for share in (train, _SHARE)]
        after = [not last or int(row["time"]) > last[0] for last in lasts]
        return ("history", "train", "test")[sum(after)]

    return part


def _moment(row):
    return int(row["time"]), int(row["order"])


def _place(row):
    """Where a row stands among its user's: ties go by item, then by what is left."""
    rest = (row["category"], int(row["hour"]), int(row["label"] or -1))
    return *_moment(row), _id(row["item"]), *rest


def _behaviour(row):
    return *_moment(row), _id(row["item"]), row["category"]


def _id(text):
    return int(text) if text.isdigit() else text


def _shown(row):
    return int(row["time"]), row["item"], row["category"], row["hour"]


def _prepared(directory):
    """What `_reference` returns, from records."""
    records, users = UserRecords(directory), {}
    spans = records.schema.splits
    for user in records.users().as_numpy_iterator():
        text = {name: [_text(v) for v in user[name]] for name in user if "/" in name}
        times = user["impression_time"].tolist()
        splits = [
            next(s for s, (first, end) in spans.items() if first <= time < end)
            for time in times
        ]
        if records.schema.split_by_user:
            splits = [list(spans)[number] for number in user["split"]]
        fields = ("target/item", "target/category", "context/hour")
        columns = [user["history_length"].tolist(), times, *(text[f] for f in fields)]
        impressions = zip(splits, *columns, user["label"].tolist(), strict=True)
        behaviours = zip(
            user["history_time"].tolist(),
            map(_id, text["history/item"]),
            text["history/category"],
            strict=True,
        )
        users[text["user/user"][0]] = (list(behaviours), sorted(impressions))
    return users


def _text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


@pytest.mark.parametrize(
    ("seed", "has_order", "history", "split", "impressions"),
    [
        (seed, *case)
        for seed, case in enumerate(
            itertools.product(
                (False, True),
                ("positives", "all"),
                ("time", "user"),
                ("all", "first_visits"),
            )
        )
    ],
)
def test_no_row_sees_its_own_second_or_later(
    seed, has_order, history, split, impressions, tmp_path
):
    # The parity of its bits: both values with each value of all else.
    train_share = (None, 0.4)[bin(seed).count("1") % 2]
    rows = _make_log(seed, as_text=seed % 3 == 0)
    _write(tmp_path / "log.csv", rows)
    prepare_data(
        tmp_path / "log.csv",
        tmp_path / "users",
        LogColumns(
            user="user",
            item="item",
            time="time",
            order="order" if has_order else None,
            item_fields="category",
            context_fields="hour",
            label="label",
        ),
        history=history,
        split=split,
        test_share=_SHARE,
        train_share=train_share,
        impressions=impressions,
        num_shards=2,
    )
    expected = _reference(
        rows, has_order, history, split, train_share, impressions != "all"
    )
    found = _prepared(tmp_path / "users")
    assert found.keys() == expected.keys()
    for user, (behaviours, shown) in expected.items():
        assert found[user][1] == shown
        assert sorted(found[user][0]) == sorted((t, i, c) for t, _, i, c in behaviours)
        # Each prefix that an impression sees is the reference's, ties by item.
        kept = [(time, item) for time, item, _ in found[user][0]]
        assert kept == [(time, item) for time, _, item, _ in behaviours]
