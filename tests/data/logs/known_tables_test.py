"""Two days of one log: the second keeps the tables of the first."""

import shutil

import pytest

from diffumin_tf.data import UserRecords
from diffumin_tf.data.logs import LogColumns, prepare_data

_MONDAY = "ann,7,10,1,0 ann,5,20,0,1 bob,7,15,1,2 bob,5,25,1,2 ann,7,40,0,1"
# carl, item 9 and hour 5 are new; the hours are all whole numbers above 0 now.
_TUESDAY = "ann,5,110,1,1 carl,9,120,0,5 bob,5,115,1,2 ann,9,140,0,5 carl,7,140,1,1"
_COLUMNS = {"user": "user", "item": "item", "time": "time", "label": "label"}


def prepare(tmp_path, name, rows, **arguments):
    path = tmp_path / f"{name}.csv"
    path.write_text("\n".join(["user,item,time,label,hour", *rows.split()]) + "\n")
    columns = LogColumns(**_COLUMNS, **arguments.pop("columns", {}))
    output = tmp_path / name
    options = {"test_share": 0.2, "num_shards": 1, **arguments}
    return prepare_data(path, output, columns, **options), UserRecords(output)


HOUR = {"columns": {"context_fields": "hour"}}


@pytest.fixture
def monday(tmp_path):
    prepare(tmp_path, "monday", _MONDAY, **HOUR)
    return tmp_path / "monday"


def test_ids_mean_the_same_and_the_new_are_counted(tmp_path, monday):
    report, records = prepare(tmp_path, "tuesday", _TUESDAY, tables_from=monday, **HOUR)
    known = UserRecords(monday).schema.features
    assert records.schema.features == known
    assert known.tables[2].vocabulary == ("0", "1", "2")
    users = list(records.users().as_numpy_iterator())
    # What is new is kept as it is; the table takes it for unknown.
    assert {user["user/user"][0] for user in users} == {b"ann", b"bob", b"carl"}
    hours = {hour for user in users for hour in user["context/hour"]}
    assert hours == {b"1", b"2", b"5"}
    assert report["tables"] == {
        "user": {"kind": "vocabulary", "size": 2, "ids": 3, "ids_that_are_new": 1},
        "item": {"kind": "vocabulary", "size": 2, "ids": 3, "ids_that_are_new": 1},
        "hour": {"kind": "vocabulary", "size": 3, "ids": 3, "ids_that_are_new": 1},
    }


def test_without_them_tables_are_those_of_the_day(tmp_path, monday):
    _, records = prepare(tmp_path, "tuesday", _TUESDAY, **HOUR)
    assert records.schema.features.tables[2].vocabulary == (1, 2, 5)


def test_a_hashed_table_is_kept(tmp_path):
    prepare(tmp_path, "monday", _MONDAY, max_vocabulary=1)
    arguments = {"tables_from": tmp_path / "monday", "max_vocabulary": 99}
    report, records = prepare(tmp_path, "tuesday", _TUESDAY, **arguments)
    assert [table.kind for table in records.schema.features.tables] == ["hashed"] * 2
    assert report["tables"]["item"] == {
        "kind": "hashed",
        "size": 2,
        "ids": 3,
        "load": 1.5,
    }


def test_the_schema_alone_is_enough(tmp_path, monday):
    (tmp_path / "kept").mkdir()
    shutil.copy(monday / "schema.json", tmp_path / "kept")
    arguments = {"tables_from": tmp_path / "kept", **HOUR}
    _, records = prepare(tmp_path, "tuesday", _TUESDAY, **arguments)
    assert records.schema.features == UserRecords(monday).schema.features


def test_error_no_such_data(tmp_path):
    with pytest.raises(ValueError, match="must hold schema.json. Received: nowhere"):
        prepare(tmp_path, "tuesday", _TUESDAY, tables_from="nowhere")


def test_error_a_column_without_a_table(tmp_path):
    prepare(tmp_path, "monday", _MONDAY)
    arguments = {"tables_from": tmp_path / "monday", **HOUR}
    with pytest.raises(ValueError, match=r"none for 'hour' in .*monday.schema.json"):
        prepare(tmp_path, "tuesday", _TUESDAY, **arguments)


def test_error_a_table_without_a_column(tmp_path, monday):
    with pytest.raises(ValueError, match=r"must be those of tables_from. .* tables, "):
        prepare(tmp_path, "tuesday", _TUESDAY, tables_from=monday)


def test_error_text_where_numbers_were(tmp_path, monday):
    rows = _TUESDAY.replace("ann,9", "ann,x9")
    with pytest.raises(ValueError, match="item must hold whole .* Received: 'x9'; "):
        prepare(tmp_path, "tuesday", rows, tables_from=monday, **HOUR)
