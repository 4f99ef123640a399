"""Raw parts to records: each quirk by name, and all of them against plain Python."""

import json
import math

import numpy as np
import pytest

from diffumin_tf.data.eleme.raw_files import NUM_DAYS, write_raw_eleme
from diffumin_tf.data.eleme_world import ElemeWorld
from diffumin_tf.data.records import read_schema
from tests.data.eleme.small_parts import (
    HISTORY,
    MIDNIGHT,
    TABLE_SIZE,
    assert_users,
    expected,
    line,
    lines_of,
    prepare,
    read,
    table_id,
    write,
    write_zip,
)

_LISTS = [f"{name}_list" for name in HISTORY]


def _prepared(folder, *lines, **changes):
    """The records of some lines of day 1."""
    write(folder / "D1_0.csv", lines)
    write(folder / "D2_0.csv", [line()])
    report = prepare(folder, **changes)
    return read(folder.parent / "users")[:-1], report


@pytest.fixture
def raw(tmp_path):
    return tmp_path / "raw"


def test_a_row_is_a_user_of_its_own(raw):
    lists = dict(zip(_LISTS, ["s2;s1", "i2;i1", "c2;c1", "a2;a1", "23;4"], strict=True))
    (user, other), _ = _prepared(raw, line(**lists), line(label="0"))
    assert user["user_key"] == other["user_key"]
    assert (user["label"], other["label"]) == ([1.0], [0.0])
    noon = MIDNIGHT + 12 * 3600
    assert user["impression_time"] == [noon] and user["history_length"] == [2]
    assert user["history_time"] == [noon - 2, noon - 1]
    assert user["history/shop_id"] == [table_id("s1"), table_id("s2")]
    assert user["history/hours"] == [table_id("4"), table_id("23")]
    assert user["target/hours"] == user["context/hours"] == [table_id("12")]
    assert user["user/avg_price"] == [float(np.float32(math.log1p(20.5)))]
    assert user["user/total_amt_30"] == [0.0]
    assert other["history_length"] == [0] and other["history/hours"] == []


@pytest.mark.parametrize("gender", ["", "-99", "0", "-1"])
def test_gender_that_is_not_told(gender, raw):
    (user, other), _ = _prepared(raw, line(gender=gender), line(gender="1"))
    assert user["user/gender"] == [0] and other["user/gender"] == [table_id("1")]


def test_empty_cells_are_no_value(raw):
    empty = {n: "" for n in ("visit_city", "is_supervip", "brand_id")}
    (user,), _ = _prepared(raw, line(**empty))
    for name in ("user/visit_city", "user/is_supervip", "target/brand_id"):
        assert user[name] == [0]


def test_one_meaning_has_one_table(raw):
    same = {"city_id": "x", "visit_city": "x", "shop_geohash_12": "y", "geohash12": "y"}
    (user,), _ = _prepared(raw, line(shop_id_list="z", shop_id="z", **same))
    assert user["target/city_id"] == user["user/visit_city"]
    assert user["target/shop_geohash_12"] == user["context/geohash12"]
    assert user["target/shop_id"] == user["history/shop_id"]


def test_lists_that_are_empty_or_begin_with_a_semicolon_or_differ_in_length(raw):
    lines = [
        line(),
        line(shop_id_list=";s2;s1", item_id_list="i3;i2;i1"),
        line(shop_id_list=";", item_id_list=";i1"),
        line(shop_id_list="s3;s2;s1", item_id_list="i3"),
    ]
    users, report = _prepared(raw, *lines)
    shops = [[table_id(t) for t in texts] for texts in (["s1", "s2", ""], [""])]
    assert [user["history/shop_id"] for user in users] == [
        *([], *shops),
        [table_id(f"s{n}") for n in (1, 2, 3)],
    ]
    assert users[2]["history/item_id"] == [table_id("i1")]
    assert users[3]["history/item_id"] == [0, 0, table_id("i3")]
    # With the row of day 2, which has no lists.
    assert report["history_length_percentiles"]["25"] == 0
    assert report["behaviours"] == 7


def test_the_fifty_most_recent_are_kept(raw):
    items = ";".join(map(str, range(60)))
    (user,), _ = _prepared(raw, line(item_id_list=items))
    assert user["history/item_id"] == [table_id(str(n)) for n in range(49, -1, -1)]
    (user,), _ = _prepared(
        raw / "more",
        line(item_id_list=items),
        sequence_length=2,
        most_recent_first=False,
    )
    assert user["history/item_id"] == [table_id("58"), table_id("59")]


def test_the_report_tells_how_timediff_runs(raw):
    lines = [line(timediff_list="1;9"), line(timediff_list="2;3"), line()]
    _, report = _prepared(raw, *lines)
    assert report["lists_whose_timediff_rises"] == 2
    assert report["lists_whose_timediff_falls"] == 0


def test_days_are_those_of_beijing_and_others_are_left_out(raw):
    for day in range(1, 5):
        write(raw / f"D{day}_0.csv", [line(user_id=f"u{day}", hours="23")])
    write_zip(raw / "more.zip", {"D3_1.csv": line(hours="0"), "D4_1.csv": line()})
    prepare(raw, first_day="2022-04-05", train_days=(2, 2), test_days=(3, 3))
    schema = read_schema(raw.parent / "users")
    # 2022-04-06, 07 and 08 at 0:00 in Beijing.
    assert schema.splits == {
        "train": (1649174400, 1649260800),
        "test": (1649260800, 1649347200),
    }
    users = read(raw.parent / "users")
    times = sorted(user["impression_time"][0] for user in users)
    assert times == [1649260800 - 3600, 1649260800, 1649347200 - 3600]


@pytest.fixture(scope="module")
def damaged(tmp_path_factory):
    """A folder with all quirks, 1 % bad rows, a cut zip and an empty file."""
    folder = tmp_path_factory.mktemp("damaged")
    write_raw_eleme(
        folder / "raw",
        num_users=120,
        odd_list_one_in=3,
        bad_share=0.01,
        damaged=True,
        rows_per_part=50,
    )
    days = {"train_days": (1, NUM_DAYS - 2), "test_days": (NUM_DAYS - 1, NUM_DAYS)}
    report = prepare(folder / "raw", **days)
    return folder, report, read(folder / "users")


def _is_good(text):
    """Whether a line is one that `write_raw_eleme` did not spoil."""
    cells = text.split(b",")
    whole = len(cells) == 39 and b"\xff" not in text
    return whole and cells[0] != b"2" and cells[4] != b"free" and cells[35] != b"24"


def _part(path):
    day, _, number = path.stem[1:].partition("_")
    return int(day), int(number)


def test_records_are_those_of_plain_python_whatever_the_rows(damaged):
    folder, _, users = damaged
    wanted = []
    for path in sorted((folder / "raw").glob("*.csv"), key=_part):
        lines = filter(_is_good, lines_of(path))
        wanted += [expected(text, _part(path)[0]) for text in lines]
    # The zip file's part comes first.
    cut = len(users) - len(wanted)
    assert 20 < cut < 50 and len(wanted) > 800
    assert_users(users[cut:], wanted)
    # Without --damaged the same lines stand in D1_0.csv.
    write_raw_eleme(
        folder / "whole",
        num_users=120,
        odd_list_one_in=3,
        bad_share=0.01,
        rows_per_part=50,
    )
    lines = list(filter(_is_good, lines_of(folder / "whole" / "D1_0.csv")))
    assert_users(users[:cut], [expected(text, 1) for text in lines[:cut]])


def test_no_behaviour_is_at_its_impression_or_later(damaged):
    for user in damaged[2]:
        assert user["history_length"] == [len(user["history_time"])]
        assert all(time < user["impression_time"][0] for time in user["history_time"])


def test_what_was_lost_is_counted_and_named(damaged):
    folder, report, users = damaged
    archive = folder / "raw" / "D1_0.zip"
    assert len(report["damaged"]) == 3
    assert f"{archive}/D1_0.csv is cut short after line " in report["damaged"][0]
    assert report["damaged"][1].startswith(f"{archive} has no directory")
    assert report["damaged"][2].endswith("is empty.")
    lines = [text for p in (folder / "raw").glob("*.csv") for text in lines_of(p)]
    bad = sum(not _is_good(text) for text in lines)
    assert 0 <= sum(report["rows_dropped"].values()) - bad < 5
    assert "a row must have 39 columns" in report["rows_dropped"]
    assert report["rows_kept"] == len(users)
    saved = json.loads((folder / "users" / "report.json").read_text())
    assert saved == report
    assert "cut short" in (folder / "users" / "report.txt").read_text()


def test_the_world_s_users_become_its_records_up_to_the_names_of_ids(raw):
    """Each id has one hash, so equal ids stay equal, and the rest is the world's."""
    write_raw_eleme(raw, num_users=60, odd_list_one_in=0)
    prepare(raw, train_days=(1, 12), test_days=(13, 14), max_table_size=1 << 22)
    world, found = ElemeWorld(num_users=60), read(raw.parent / "users")
    start, _ = world.schema.split("train")
    wanted = []
    for number in range(60):
        user = world.user(number)
        for m, time in enumerate(user["impression_time"].tolist()):
            wanted.append(((time - start) // 86_400, _impression(user, m, start)))
    wanted = [row for _, row in sorted(wanted, key=lambda pair: pair[0])]
    assert len(found) == len(wanted) == 480
    schema = read_schema(raw.parent / "users")
    names, tables = {}, {f.name: f.table for f in schema.features.fields}
    for user, other in zip(found, wanted, strict=True):
        for name, values in other.items():
            if name not in tables:
                assert user[name] == values, name
                continue
            assert len(user[name]) == len(values), name
            for found_id, world_id in zip(user[name], values, strict=True):
                known = names.setdefault((tables[name], world_id), found_id)
                assert known == found_id and (found_id == 0) == (world_id == 0)
    assert len(names) > 5000


def _impression(user, m, start):
    """What one impression of a user of the world must be read as."""
    end, time = user["history_length"][m], user["impression_time"][m]
    # The parts tell day and hour; behaviours have their order alone.
    hour = MIDNIGHT + (time - start) // 3_600 * 3_600
    count = min(end, 50)
    row = {
        "impression_time": [hour],
        "history_length": [count],
        "history_time": [hour - k for k in range(count, 0, -1)],
        "label": [user["label"][m]],
    }
    for name, values in user.items():
        role = name.partition("/")[0]
        if role in ("target", "context"):
            row[name] = [values[m]]
        elif role == "user":
            row[name] = values.tolist()
        elif role == "history":
            row[name] = values[:end][-50:].tolist()
    return row


def test_records_are_compressed_by_default_and_the_same(raw):
    write_raw_eleme(raw, num_users=20)
    days = {"train_days": (1, 12), "test_days": (13, 14)}
    prepare(raw, raw.parent / "plain", **days)
    prepare(raw, raw.parent / "gzip", compression="GZIP", **days)
    assert len(list((raw.parent / "gzip").glob("*.tfrecord.gz"))) == NUM_DAYS
    assert read(raw.parent / "gzip") == read(raw.parent / "plain")
    assert read_schema(raw.parent / "gzip").features.table("hours").size == TABLE_SIZE
