"""What a log's columns become: ids, tables, times, fields, weights, the report."""

import json

import duckdb
import numpy as np
import pytest

from diffumin_tf.data import ClickData, UserRecords
from diffumin_tf.data.hashing import hash_buckets_numpy
from diffumin_tf.data.logs import ItemTable, LogColumns, prepare_data, user_rows
from diffumin_tf.features import Table

_HEADER = "user,item,time,label,brand,age,hour,price,w"
# brand changes for item 7; "0" stands among the hours; 9 and x come in the test.
_ROWS = [
    "ann,7,10,1,a,30,0,1.5,1",
    "ann,5,20,0,b,30,1,2.5,2",
    "bob,7,15,1,c,,2,0.5,0.5",
    "ann,7,30,1,c,31,1,1.5,1",
    "bob,5,25,,b,,2,1,1",
    "ann,9,40,0,x,30,1,3,1",
    "bob,5,50,1,,20,1,4,3",
    "bob,5,50,1,,20,1,4,3",
]
_COLUMNS = LogColumns(
    user="user",
    item="item",
    time="time",
    label="label",
    item_fields="brand",
    user_fields="age",
    context_fields="hour",
    context_numbers="price",
    weight="w",
)


def _prepare(tmp_path, rows=_ROWS, header=_HEADER, columns=_COLUMNS, **arguments):
    path = tmp_path / "log.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    arguments = {"test_share": 0.3, "num_shards": 1, **arguments}
    report = prepare_data(path, tmp_path / "users", columns, **arguments)
    records = UserRecords(tmp_path / "users")
    users = records.users().as_numpy_iterator()
    return report, records.schema, {user["user/user"][0]: user for user in users}


def test_a_small_log_by_hand(tmp_path):
    report, schema, users = _prepare(tmp_path)
    assert schema.splits == {"train": (10, 40), "test": (40, 51)}
    assert schema.extra == ("weight",) and schema.num_users == 2
    assert schema.features.tables == (
        Table("user", "vocabulary", 2, ("ann", "bob")),
        Table("item", "vocabulary", 2, (5, 7)),
        Table("brand", "vocabulary", 3, ("a", "b", "c")),
        Table("age", "vocabulary", 2, (30, 31)),
        Table("hour", "vocabulary", 3, ("0", "1", "2")),
    )
    expected = {
        "user_key": hash_buckets_numpy(np.array(["ann"]), 2**63 - 1),
        "user/user": [b"ann"],
        "user/age": [30],
        "history_time": [10, 30],
        "history/item": [7, 7],
        "history/brand": [b"a", b"c"],
        "impression_time": [10, 20, 30, 40],
        "history_length": [0, 1, 1, 2],
        "target/item": [7, 5, 7, 9],
        "target/brand": [b"a", b"b", b"c", b"x"],
        "context/hour": [b"0", b"1", b"1", b"1"],
        "context/price": [1.5, 2.5, 1.5, 3.0],
        "label": [1.0, 0.0, 1.0, 0.0],
        "weight": [1.0, 2.0, 1.0, 1.0],
    }
    assert expected.keys() == users[b"ann"].keys()
    for name, values in expected.items():
        np.testing.assert_array_equal(users[b"ann"][name], values, err_msg=name)
    # Bob's row without label is no impression; his first age is his only one.
    assert users[b"bob"]["impression_time"].tolist() == [15, 50]
    assert users[b"bob"]["history_time"].tolist() == [15, 50]
    assert users[b"bob"]["user/age"] == [20]
    assert report["rows_dropped"] == {"exact duplicate": 1}
    assert report["items_with_several_values"] == {"brand": 1}
    assert report["ids_kept_as_text_because_of"]["hour"] == "0"
    assert report["tables"]["item"]["ids_of_the_test_alone"] == 1
    assert report["splits"]["test"]["click_rate"] == 0.5
    assert json.loads((tmp_path / "users" / "report.json").read_text()) == report
    lines = (tmp_path / "users" / "report.txt").read_text().splitlines()
    assert lines[:3] == ["rows read: 8", "rows dropped:", "  exact duplicate: 1"]


def test_duplicates_are_kept_on_request(tmp_path):
    _, _, users = _prepare(tmp_path, drop_duplicates=False)
    assert users[b"bob"]["impression_time"].tolist() == [15, 50, 50]
    assert users[b"bob"]["history_length"].tolist() == [0, 1, 1]


def test_a_table_larger_than_the_vocabulary_is_hashed(tmp_path):
    report, schema, users = _prepare(tmp_path, max_vocabulary=2)
    tables = {table.name: (table.kind, table.size) for table in schema.features.tables}
    # Of the 4 brands 3, and of the 3 hours all, were met before the test.
    assert tables["brand"] == tables["hour"] == ("hashed", 4)
    assert tables["item"] == ("vocabulary", 2)
    assert report["tables"]["hour"]["load"] == 0.75
    assert users[b"ann"]["target/brand"].tolist() == [b"a", b"b", b"c", b"x"]


def test_ratings_split_by_user_with_an_item_table(tmp_path):
    rows = [f"{user},{n},{n},{n % 5}" for user in (3, 8) for n in range(1, 11)]
    (tmp_path / "items.csv").write_text("id,kind\n1,x\n2,\n3,y\n")
    report, schema, users = _prepare(
        tmp_path,
        rows,
        "user,item,time,stars",
        LogColumns(user="user", item="item", time="time", rating="stars"),
        positive_rating=3,
        split="user",
        history="all",
        item_table=ItemTable("items.csv", "id", "kind"),
        raw_dir=tmp_path,
    )
    user = users[3]
    assert user["user_key"] == [3] and schema.split_by_user
    assert user["split"].tolist() == [0] * 7 + [1] * 3
    assert user["label"].tolist() == [0, 0, 1, 1, 0, 0, 0, 1, 1, 0]
    assert user["history_length"].tolist() == list(range(10))
    assert user["history/kind"].tolist() == [b"x", b"", b"y"] + [b""] * 7
    assert schema.splits == {"train": (1, 8), "test": (8, 11)}
    assert report["items_not_in_item_table"] == 7
    data = ClickData(UserRecords(tmp_path / "users"), batch_size=4, sequence_length=4)
    for split, count in (("train", 14), ("test", 6)):
        assert sum(len(label) for _, label in data.split(split)) == count


@pytest.mark.parametrize(
    ("unit", "times", "seconds"),
    [
        ("s", ["5", "7.9", "1e2"], [5, 7, 100]),
        ("ms", ["5999", "6000", "7000.5"], [5, 6, 7]),
        ("us", ["1600000000999999", "1600000001000000"], [1600000000, 1600000001]),
        ("hours", ["0", "1.5", "15696"], [0, 5400, 56505600]),
        (
            "iso",
            ["1970-01-02", "1970-01-02 00:00:01.5", "1970-01-02T09:00:00+01:00"],
            [86400, 86401, 115200],
        ),
    ],
)
def test_time_units(unit, times, seconds, tmp_path):
    rows = [f"ann,{n},{time},1" for n, time in enumerate(times, start=1)]
    columns = LogColumns(user="user", item="item", time="time", label="label")
    header = "user,item,time,label"
    _, _, users = _prepare(tmp_path, rows, header, columns, time_unit=unit)
    assert users[b"ann"]["impression_time"].tolist() == seconds


def test_order_serves_as_time_where_there_is_none(tmp_path):
    columns = LogColumns(user="user", item="item", order="time", label="label")
    _, _, users = _prepare(tmp_path, columns=columns)
    assert users[b"ann"]["impression_time"].tolist() == [10, 20, 30, 40]
    assert users[b"ann"]["history_length"].tolist() == [0, 1, 1, 2]


def test_parquet_and_tab_separated_text_give_the_same_records(tmp_path):
    found = []
    for name in ("csv", "tsv", "parquet"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "log.csv").write_text("\n".join([_HEADER, *_ROWS]) + "\n")
        log, delimiter = folder / f"log.{name}", ","
        if name == "tsv":
            log.write_text((folder / "log.csv").read_text().replace(",", "\t"))
            delimiter = "\t"
        if name == "parquet":
            duckdb.read_csv(str(folder / "log.csv")).write_parquet(str(log))
        prepare_data(
            log,
            folder / "users",
            _COLUMNS,
            test_share=0.3,
            num_shards=1,
            delimiter=delimiter,
        )
        shard = folder / "users" / "users-00000-of-00001.tfrecord"
        found.append(shard.read_bytes())
    assert found[0] == found[1] == found[2]


def test_error_two_users_of_one_key(tmp_path, monkeypatch):
    monkeypatch.setattr(user_rows, "MAX_KEY", 1)
    with pytest.raises(ValueError, match="two users must not share.*Received: 0 for"):
        _prepare(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["log.csv"]
