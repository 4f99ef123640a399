"""What is wrong with a log is said with its file, record and column."""

import gzip
import os
import re

import duckdb
import pytest

from diffumin_tf.data.logs import ItemTable, LogColumns, NegativeSampling, prepare_data

_GOOD = [
    f"{user},{item},{10 * item + user}" for user in (1, 2, 3) for item in range(1, 9)
]
_COLUMNS = {"user": "user", "item": "item", "time": "time"}


def _write(path, lines, header="user,item,time"):
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


def _prepare(path, columns=None, **arguments):
    columns = LogColumns(**{**_COLUMNS, **(columns or {})})
    if not columns.has_label:
        arguments = {"negatives": NegativeSampling(), **arguments}
    arguments = {"output": path.parent / "users", "num_shards": 1, **arguments}
    return prepare_data(path, columns=columns, **arguments)


def _fails(path, message, error=ValueError, **arguments):
    before = set(path.parent.iterdir())
    with pytest.raises(error) as caught:
        _prepare(path, **arguments)
    assert re.search(message, str(caught.value)), str(caught.value)
    assert "\n" not in str(caught.value)
    # Nothing is left behind.
    assert set(path.parent.iterdir()) == before


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("-4,5,60", "user must not be a negative id. Received: '-4'"),
        ("4,-5,60", "item must not be a negative id. Received: '-5'"),
        (",5,60", "user must not be empty. Received: ''"),
        ("4,,60", "item must not be empty"),
        ("4,5,", "time must not be empty"),
        ("4,5,noon", "time must be a time in 's'.*Received: 'noon'"),
        ("4,5,nan", "time must be a time.*Received: 'nan'"),
        ("4,5,inf", "time must be a time.*Received: 'inf'"),
        ("4,5,-1", "time must be a time.*Received: '-1'"),
        ("4,5,1600000000000", "time must be a time.*year 5138.*'1600000000000'"),
    ],
)
def test_error_names_rule_value_record_and_file(row, message, tmp_path):
    path = _write(tmp_path / "log.csv", [*_GOOD[:6], row, *_GOOD[6:]])
    where = f" in record 7 of {path}. .1 of 25 rows are bad; max_bad_share is 0"
    _fails(path, f"^{message}.*{where}")


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("label", "2", "x must be 0 or 1, or empty. Received: '2'"),
        ("label", "nan", "x must be 0 or 1"),
        ("rating", "good", "x must be a number, or empty. Received: 'good'"),
        ("rating", "inf", "x must be a number"),
        ("weight", "-1", "x must be a number that is not negative. Received: '-1'"),
        ("weight", "", "x must not be empty"),
        ("context_numbers", "nan", "x must be a number. Received: 'nan'"),
        ("context_numbers", "1e39", "x must be a number. Received: '1e39'"),
        ("order", "1.5", "x must be a whole number. Received: '1.5'"),
        ("context_fields", "-3", "x must not be a negative id. Received: '-3'"),
    ],
)
def test_error_of_a_further_column(column, value, message, tmp_path):
    rows = [f"{row},1" for row in _GOOD] + [f"4,5,60,{value}"]
    path = _write(tmp_path / "log.csv", rows, "user,item,time,x")
    arguments = {"positive_rating": 3} if column == "rating" else {}
    _fails(path, f"{message}.* in record 25 of", columns={column: "x"}, **arguments)


def test_error_names_the_second_file_and_counts_its_own_records(tmp_path):
    _write(tmp_path / "log-1.csv", _GOOD)
    path = _write(tmp_path / "log-2.csv", [*_GOOD[:2], "4,5,noon"])
    _fails(tmp_path / "log-*.csv", f"'noon' in record 3 of {path}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "must open with a line of names. Received: an empty file, .*log.csv"),
        (b"user,item,time\n", "a log must have rows. Received: none in .*log.csv"),
        (b"user,item,time,user\n", "names, each once. Received: .*log.csv"),
        (b"user,item,time\n1,2,3\n4,5\n", "Columns: 3 Found: 2 in line 3 .*log.csv"),
        (b"user,item,time\n1,2,3,4\n", "Columns: 3 Found: 4 in line 2 of .*log.csv"),
        (b'user,item,time\n1,"2,3\n4,5,6\n', "unterminated quote.* line 2 of .*log"),
        (b"user,item,time\n1,\xff\xfe,3\n", "unicode.* in line 2 of .*log.csv"),
        (b"user,\xff,time\n1,2,3\n", "whole and in UTF-8.*log.csv"),
    ],
)
def test_error_malformed_file(text, message, tmp_path):
    path = tmp_path / "log.csv"
    path.write_bytes(text)
    _fails(path, message)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda data: data[:-3000], "whole. Received: .* end-of-stream .* in "),
        (lambda data: data[:-8] + b"1234" + data[-4:], "whole. Received: CRC .* in "),
        (lambda data: b"no" + data, "whole and in UTF-8. Received: Not a gzipped"),
    ],
)
def test_error_spoilt_archive(spoil, message, tmp_path):
    path = tmp_path / "log.csv.gz"
    lines = "\n".join(["user,item,time"] + [f"{n},{n * n},{n}" for n in range(1, 5000)])
    path.write_bytes(spoil(gzip.compress(lines.encode())))
    _fails(path, f"{message}.*{path}")


def test_error_truncated_parquet(tmp_path):
    path = tmp_path / "log.parquet"
    duckdb.sql("SELECT 1 AS user, 2 AS item, 3 AS time").write_parquet(str(path))
    path.write_bytes(path.read_bytes()[:-9])
    _fails(path, f"must be readable.*{path}")


def test_error_missing_column_lists_those_there_are(tmp_path):
    path = _write(tmp_path / "log.csv", _GOOD)
    message = r"user must be one of the columns \['user', 'item', 'time'\]. Received: "
    _fails(path, f"{message}'usr' for {path}.*mean 'user'", columns={"user": "usr"})


def test_error_files_of_different_columns(tmp_path):
    _write(tmp_path / "a.csv", _GOOD)
    _write(tmp_path / "b.csv", ["1,2,3,4"], "user,item,time,x")
    _fails(tmp_path / "*.csv", r"'time'\] as in .*a.csv. Received: .*'x'\] in .*b.csv")


def test_error_no_file_says_how_to_get_it(tmp_path):
    path = tmp_path / "log.csv"
    message = f"Received: {path}, which is no file. Ask Anna."
    _fails(path, message, FileNotFoundError, how_to_get="Ask Anna.")


def test_error_a_file_and_its_archive(tmp_path):
    _write(tmp_path / "log.csv", _GOOD)
    (tmp_path / "log.csv.gz").touch()
    _fails(tmp_path / "log.csv*", "each file once. Received: .*log.csv and")


def test_error_an_item_described_twice(tmp_path):
    path = _write(tmp_path / "log.csv", _GOOD)
    table = _write(tmp_path / "items.csv", ["3,x", "4,y", "3,z"], "id,kind")
    message = f"an item once. Received: '3' twice in column 'id' of {table}"
    _fails(path, message, item_table=ItemTable(str(table), "id", "kind"))


def test_error_nothing_to_train_on(tmp_path):
    path = _write(tmp_path / "log.csv", [f"{u},{u},7" for u in range(1, 9)])
    _fails(path, "test_share must leave time to train on. Received: test_share=0.2")


def test_error_a_split_without_impressions(tmp_path):
    rows = [f"1,{item},{item},1" for item in range(1, 9)] + ["1,9,9,", "1,9,10,"]
    path = _write(tmp_path / "log.csv", rows, "user,item,time,label")
    _fails(path, "Received: none for 'test', of 10", columns={"label": "label"})


def test_bad_rows_up_to_a_share_are_left_out_and_told(tmp_path):
    rows = [*_GOOD, "4,5,noon", ",5,60", "4,5,midnight"]
    path = _write(tmp_path / "log.csv", rows)
    _fails(path, "3 of 27 rows are bad; max_bad_share is 0.1", max_bad_share=0.1)
    report = _prepare(path, max_bad_share=0.12)
    assert report["rows_kept"] == 24
    time = "time must be a time in 's' from 1970 to the year 5138"
    expected = {"user must not be empty": 1, time: 2, "exact duplicate": 0}
    assert report["rows_dropped"] == expected
    assert (
        f"{time}. Received: 'midnight' in record 27 of {path}."
        in (report["first_bad_rows"])
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"time_unit": "weeks"}, "time_unit must be one of.*'weeks'"),
        ({"split": "item"}, "split must be one of.*'item'"),
        ({"history": "none"}, "history must be one of"),
        ({"impressions": "some"}, "impressions must be one of"),
        ({"test_share": 1.0}, "test_share must be between 0 and 1. Received: 1.0"),
        ({"train_share": 0.9}, "train_share must be above 0.*train_share=0.9"),
        ({"max_bad_share": -0.1}, "max_bad_share must be.*-0.1"),
        ({"num_shards": 0}, "num_shards must be at least 1. Received: 0"),
        ({"max_vocabulary": 0}, "max_vocabulary must be at least 1. Received: 0"),
        ({"negatives": None}, "negatives must be drawn where there is no label"),
        ({"columns": {"label": "x"}, "negatives": NegativeSampling()}, "only there"),
        ({"columns": {"rating": "x"}}, "rating='x', positive_rating=None"),
        ({"positive_rating": 4}, "rating=None, positive_rating=4"),
        (
            {"item_table": ItemTable("items.csv", "id", "time2")},
            r"Received: .*items.csv, which is no file",
        ),
        ({"item_table": ItemTable("i.csv", "id", "item")}, r"Received: \['item'\] in"),
    ],
)
def test_error_argument(arguments, message, tmp_path):
    path = _write(
        tmp_path / "log.csv", [f"{row},1" for row in _GOOD], "user,item,time,x"
    )
    error = FileNotFoundError if "no file" in message else ValueError
    _fails(path, message, error, **arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"time": None}, "must name time or order. Received: neither"),
        ({"label": "x", "rating": "y"}, "label or rating, not both.*'x'.*'y'"),
        ({"item_fields": "user"}, r"different columns. Received twice: \['user'\]"),
    ],
)
def test_error_columns(arguments, message):
    with pytest.raises(ValueError, match=message):
        LogColumns(**{**_COLUMNS, **arguments})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"per_positive": 0}, "per_positive must be at least 1. Received: 0"),
        ({"window_days": 0}, "window_days must be a second or more. Received: 0"),
        ({"weighting": "users"}, "weighting must be one of.*'users'"),
    ],
)
def test_error_negative_sampling(arguments, message):
    with pytest.raises(ValueError, match=message):
        NegativeSampling(**arguments)


def test_error_output_cannot_be_written(tmp_path):
    path = _write(tmp_path / "log.csv", _GOOD)
    # Not a read-only directory: to an administrator none is.
    _fails(path, "where one can write.*log.csv", OSError, output=path / "users")


def test_error_full_disk_names_the_file_and_the_rest_goes_on(tmp_path, monkeypatch):
    path = _write(tmp_path / "log.csv", _GOOD)
    work = tmp_path / "users.preparing" / "output"
    work.mkdir(parents=True)
    full = work / "users-00000-of-00001.tfrecord.tmp"
    os.symlink("/dev/full", full)
    with pytest.raises(
        OSError, match="users-00000-of-00001.tfrecord cannot be written"
    ):
        _prepare(path)
    full.unlink()
    assert _prepare(path)["users"] == 3
    assert sorted(os.listdir(tmp_path)) == ["log.csv", "users"]
