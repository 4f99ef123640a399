"""What is wrong with the raw folder is said with file, line and column."""

import re

import pytest

from diffumin_tf.data.alibaba import prepare_alibaba
from tests.data.alibaba.raw_rows import HEADERS, ROWS, TRAIN, prepare_rows, write_rows


def _fails(folder, message, error=ValueError, **arguments):
    raw, before = folder / "raw", set(folder.iterdir())
    with pytest.raises(error) as caught:
        prepare_alibaba(raw, folder / "users", **{"num_shards": 1, **arguments})
    assert re.search(message, str(caught.value)), str(caught.value)
    # Nothing is left behind.
    assert set(folder.iterdir()) == before


@pytest.mark.parametrize(
    ("name", "row", "message"),
    [
        ("raw_sample", f"x,{TRAIN},11,p,1,0", "user must be a whole number.*'x'"),
        ("raw_sample", f"-1,{TRAIN},11,p,1,0", "user .* not negative.*'-1'"),
        ("raw_sample", f",{TRAIN},11,p,1,0", "user must be a whole.*''"),
        ("raw_sample", "1,1e9,11,p,1,0", "time_stamp must be a whole number.*'1e9'"),
        ("raw_sample", f"1,{TRAIN},1.5,p,1,0", "adgroup_id must be.*'1.5'"),
        ("raw_sample", f"1,{TRAIN},11,p,1,1", "clk must be 1 where nonclk is 0.*'1'"),
        ("raw_sample", f"1,{TRAIN},11,p,0,0", "clk must be 1 where nonclk is 0.*'0'"),
        ("raw_sample", f"1,{TRAIN},11,p,,1", "clk must be 1 where nonclk is 0"),
        ("ad_feature", "13,,1,1,1,1", "cate_id must be a whole number.*''"),
        ("ad_feature", "13,1,1,1,1,cheap", "price must be a number.*'cheap'"),
        ("ad_feature", "13,1,1,1,1,-1", "price must be a number.*not negative.*'-1'"),
        ("ad_feature", "13,1,1,1,1,inf", "price must be a number.*'inf'"),
        ("user_profile", "07,1,1,1,1,1,1,1,1", "user must be a whole number.*'07'"),
        ("behavior_log", f"1,{TRAIN},ipv,5,7", "btag must be one of pv, cart.*'ipv'"),
        ("behavior_log", f"1,{TRAIN},,5,7", "btag must be one of pv.*''"),
        ("behavior_log", f"1,{TRAIN},pv,5,null", "brand must be .*NULL.*'null'"),
        (
            "behavior_log",
            f"1,{TRAIN},pv,99999999999999999999,7",
            "cate must be a whole",
        ),
    ],
)
def test_error_names_rule_value_line_and_file(name, row, message, tmp_path):
    raw = write_rows(tmp_path / "raw", **{name: [ROWS[name][0], row, row, row]})
    where = f" in line 3 of {raw / name}.csv. .3 of 4 rows are bad; max_bad_share is 0"
    _fails(tmp_path, f"^{message}.*{where}")


def test_bad_rows_are_left_out_and_counted(tmp_path):
    _, expected = prepare_rows(tmp_path / "first")
    bad = ["x,1,pv,5,7", "1,1,pv,5,x", "y,1,pv,5,7"]
    rows = {"behavior_log": [*bad, *ROWS["behavior_log"]]}
    report, users = prepare_rows(tmp_path / "second", rows=rows, max_bad_share=0.5)
    assert users == expected
    assert report["bad_rows_dropped"] == {
        "behavior_log: user must be a whole number, not negative": 2,
        "behavior_log: brand must be a whole number, not negative, or NULL": 1,
    }


@pytest.mark.parametrize(
    ("row", "message"),
    [("1,2,pv,5", "Number of Columns: 5 Found: 4"), ('1,2,"pv,5,7', "unterminated")],
)
def test_error_a_line_that_is_no_row(row, message, tmp_path):
    write_rows(tmp_path / "raw", behavior_log=[ROWS["behavior_log"][0], row])
    _fails(tmp_path, f"{message}.* in line 3 of .*behavior_log.csv")


def test_error_a_file_is_not_there(tmp_path):
    (write_rows(tmp_path / "raw") / "user_profile.csv").unlink()
    _fails(
        tmp_path,
        "user_profile.csv, which is no file. Get it there.",
        FileNotFoundError,
        how_to_get="Get it there.",
    )


def test_error_a_file_is_there_twice(tmp_path):
    raw = write_rows(tmp_path / "raw")
    (raw / "user_profile.csv.gz").touch()
    _fails(tmp_path, "raw file must be there once.*user_profile.csv.gz")


def test_error_a_column_is_not_there(tmp_path):
    header = HEADERS["behavior_log"].replace("btag", "tag")
    write_rows(tmp_path / "raw", {"behavior_log": header})
    _fails(tmp_path, "btag of behavior_log must be one of .*behavior_log.csv")


def test_error_no_rows(tmp_path):
    write_rows(tmp_path / "raw", behavior_log=[])
    _fails(tmp_path, "a raw file must have rows. Received: none in .*behavior_log")


@pytest.mark.parametrize(
    ("name", "row", "message"),
    [
        ("ad_feature", "11,6,21,31,NULL,99.0", "each adgroup once.*adgroup 11 in two"),
        ("user_profile", "1,0,5,2,5,1,3,0,3", "each user once.*user 1 in two ways"),
    ],
)
def test_error_a_contradiction(name, row, message, tmp_path):
    write_rows(tmp_path / "raw", **{name: [*ROWS[name], row]})
    _fails(tmp_path, message)


def test_error_a_split_is_empty(tmp_path):
    write_rows(tmp_path / "raw", raw_sample=ROWS["raw_sample"][:1])
    _fails(tmp_path, "each split must have impressions.*'test', of 1 rows")
    write_rows(tmp_path / "raw", raw_sample=["1,5,11,x,1,0"])
    _fails(tmp_path, "each split must have impressions.*'train', of 0 rows")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sequence_length", 0),
        ("min_count", 0),
        ("num_shards", 0),
        ("max_bad_share", 1.0),
    ],
)
def test_error_argument_out_of_range(name, value, tmp_path):
    write_rows(tmp_path / "raw")
    _fails(tmp_path, f"{name} must be at least .*Received: {value}", **{name: value})
