"""Prepared records against a reference that goes row by row, on hostile raw files."""

import collections
import random

import pytest

from diffumin_tf.data.records import read_schema
from tests.data.alibaba.raw_rows import DAY, TEST, TRAIN, prepare_rows

_FIRST, _END = TRAIN - 14 * DAY, TEST + DAY
_BTAGS = ["", "pv", "cart", "fav", "buy"]
# Seconds with many ties, at the edges of the days and between.
_SECONDS = [_FIRST - 1, _FIRST, TRAIN - 1, TRAIN, TEST - 1, TEST, _END - 1, _END]
_SECONDS += [TRAIN + second for second in range(12)]


def _raw(seed):
    """Rows as tuples, in no order, some of them twice.

    User 1 has impressions only, user 2 behaviours only, user 3 no profile; ad 6 is
    not described.
    """
    draw = random.Random(seed)
    samples, behaviours = [], []
    for user in range(1, 9):
        for _ in range(draw.randrange(1, 9) if user != 2 else 0):
            clk = draw.randrange(2)
            ad, pid = draw.randrange(1, 7), draw.choice("pq")
            samples.append((user, draw.choice(_SECONDS), ad, pid, 1 - clk, clk))
        for _ in range(draw.randrange(60) if user != 1 else 0):
            ids = draw.randrange(1, 4), draw.choice(["NULL", 1, 2])
            time, btag = draw.choice(_SECONDS), draw.choice(_BTAGS[1:])
            behaviours.append((user, time, btag, *ids))
    samples += [(4, TRAIN, 1, "p", 1, 0), (4, TEST, 1, "p", 0, 1)]
    behaviours += draw.sample(behaviours, 9)
    draw.shuffle(samples)
    draw.shuffle(behaviours)
    ads = [
        (ad, ad % 3 + 1, ad + 10, ad + 20, draw.choice(["NULL", 1]), 9)
        for ad in range(1, 6)
    ]
    profiles = [(user, user % 2, *range(7)) for user in range(1, 12) if user != 3]
    tables = (samples, ads, profiles, behaviours)
    names = ("raw_sample", "ad_feature", "user_profile", "behavior_log")
    return dict(zip(names, tables, strict=True))


def _number(brand):
    return 0 if brand == "NULL" else brand


def _visible(raw, user, time, length):
    """The latest behaviours that an impression may see."""
    seen = sorted(
        {
            (t, cate, _number(brand), _BTAGS.index(btag))
            for u, t, btag, cate, brand in raw["behavior_log"]
            if u == user and _FIRST <= t < min(time, _END)
        }
    )
    return seen[-length:]


def _impressions(raw, described_only):
    """User to impressions: second, ad and its fields, place, label."""
    ads = {ad: (*ids, _number(brand)) for ad, *ids, brand, _ in raw["ad_feature"]}
    known = {row[0] for row in raw["user_profile"]}
    users = collections.defaultdict(list)
    for user, time, ad, pid, _, clk in raw["raw_sample"]:
        described = user in known and ad in ads
        if TRAIN <= time < _END and (described or not described_only):
            row = (time, ad, *ads.get(ad, (0, 0, 0, 0)), pid, float(clk))
            users[user].append(row)
    return {user: sorted(rows) for user, rows in users.items()}


def _known_ids(raw, impressions, min_count):
    """Ids of users, ads, categories and brands met so often before the test."""
    users, ads, cates, brands = (collections.Counter() for _ in range(4))
    for user, rows in impressions.items():
        shown = [row for row in rows if row[0] < TEST]
        users[user] += len(shown)
        ads.update(row[1] for row in shown)
        cates.update(row[2] for row in shown)
        brands.update(row[5] for row in shown)
        seen = _visible(raw, user, min(TEST, max(row[0] for row in rows)), 10**9)
        cates.update(behaviour[1] for behaviour in seen)
        brands.update(behaviour[2] for behaviour in seen)
    return [
        sorted(i for i, n in counts.items() if n >= min_count and i != 0)
        for counts in (users, ads, cates, brands)
    ]


@pytest.mark.parametrize("seed", range(6))
def test_no_impression_sees_its_own_second_or_later(seed, tmp_path):
    raw, described_only = _raw(seed), seed % 2 == 1
    length, min_count = (None, 3, 10)[seed % 3], 1 + seed
    rows = {name: [",".join(map(str, row)) for row in raw[name]] for name in raw}
    _, users = prepare_rows(
        tmp_path,
        rows=rows,
        sequence_length=length,
        min_count=min_count,
        described_only=described_only,
        num_shards=2,
    )
    expected = _impressions(raw, described_only)
    assert users.keys() == expected.keys()
    names = ("history_time", "history/cate", "history/brand", "history/btag")
    shown = [f"target/{name}" for name in ("adgroup", "cate", "campaign", "customer")]
    shown = ["impression_time", *shown, "target/brand", "context/pid", "label"]
    for key, user in users.items():
        assert list(zip(*(user[name] for name in shown), strict=True)) == expected[key]
        history, seen = list(zip(*(user[n] for n in names), strict=True)), set()
        for time, prefix in zip(
            user["impression_time"], user["history_length"], strict=True
        ):
            start = 0 if length is None else max(0, prefix - length)
            visible = _visible(raw, key, time, length or 10**9)
            assert history[start:prefix] == visible
            seen |= set(range(start, prefix))
        # Nothing is stored that no impression sees.
        assert seen == set(range(len(history)))
    spec = read_schema(tmp_path / "users").features
    tables = [spec.table(name) for name in ("user", "adgroup", "cate", "brand")]
    known = _known_ids(raw, expected, min_count)
    assert [list(table.vocabulary) for table in tables] == known
