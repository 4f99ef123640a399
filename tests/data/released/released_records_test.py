import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.data.readable_errors import readable_errors
from diffumin_tf.data.released.data_struct import DataStruct
from diffumin_tf.data.released.released_records import ReleasedRecords
from tests.data.released.small_released import (
    RECORD,
    STRUCT,
    write_records,
    write_struct,
)

_OTHER = {**RECORD, "label": [0.0], "cat_feature": [1, 2, 3, 5]}
_NO_NUMBERS = tf.train.Feature(float_list=tf.train.FloatList())


def test_impressions_by_column_in_order_of_the_names(tmp_path):
    write_records(tmp_path / "part-b", [_OTHER])
    write_records(tmp_path / "part-a.gz", [RECORD, {**RECORD, "more": [1]}], "GZIP")
    (tmp_path / "_SUCCESS").touch()
    write_struct(tmp_path)
    found = list(ReleasedRecords(tmp_path).impressions().as_numpy_iterator())
    assert [i["shop_id"] for i in found] == [7, 7, 2]
    assert [i["shop_id_list"].tolist() for i in found] == [[8, 0], [8, 0], [3, 5]]
    assert [float(i["label"]) for i in found] == [1, 1, 0]
    assert found[0]["price"] == np.float32(0.5) and found[0]["time_stamp"] == 100
    assert found[0]["price"].dtype == np.float32 and found[0]["user_id"].dtype == int
    assert set(found[0]) == {*STRUCT.columns, "label"}


@pytest.mark.parametrize("empty", [{}, {"dense_feature": _NO_NUMBERS}])
def test_groups_without_columns_may_be_absent(tmp_path, empty):
    record = {"label": [1.0], "cat_feature": [5], **empty}
    path = write_records(tmp_path / "a", [record])
    (found,) = ReleasedRecords(path, DataStruct(("x",))).impressions()
    assert found["x"] == 5


_WHERE = "record 1 of .*/part-b"
_FIRST_LIST = r"shop_id_list\[0\]"
FAULTS = [
    ({"cat_feature": [4, 7]}, f"4 values.*: 2, so no {_FIRST_LIST}, in {_WHERE}"),
    ({"cat_feature": [4, 7, 8, 0, 1]}, f"cat_feature must have 4.*: 5 in {_WHERE}"),
    ({"cat_feature": [4.0, 7.0, 8.0, 0.0]}, f"int64_list.*float_list in {_WHERE}"),
    ({"dense_feature": [1]}, f"dense_feature.*price.*float_list.*int64_.*{_WHERE}"),
    ({"dense_feature": [np.nan]}, f"finite. Received: nan in column price of {_WHERE}"),
    ({"dense_feature": [-np.inf]}, f"Received: -inf in column price of {_WHERE}"),
    ({"auxiliary_info": []}, f"1 values.*: 0, so no time_stamp, in {_WHERE}"),
    ({"label": [2.0]}, f"label must be 0 or 1. Received: 2.0 in {_WHERE}"),
    ({"label": [np.nan]}, f"label must be 0 or 1. Received: nan in {_WHERE}"),
    ({"label": [0.0, 1.0]}, f"label must have 1 values.*: 2 in {_WHERE}"),
    ({"label": [1]}, f"label.*float_list. Received: int64_list in {_WHERE}"),
    *[
        ({key: None}, f"must have the key {key}.*: .* in {_WHERE}")
        for key in ("label", "cat_feature", "auxiliary_info", "dense_feature")
    ],
]


@pytest.mark.parametrize(("change", "message"), FAULTS)
def test_error_names_file_record_and_column(tmp_path, change, message):
    bad = {k: v for k, v in {**RECORD, **change}.items() if v is not None}
    write_records(tmp_path / "part-a", [RECORD])
    write_records(tmp_path / "part-b", [RECORD, bad])
    _check_refused(ReleasedRecords(tmp_path, STRUCT), message)


def test_error_values_of_a_group_without_columns(tmp_path):
    path = write_records(tmp_path / "a", [{**RECORD, "dense_feature": [1.0]}])
    struct = DataStruct(STRUCT.cat_feature, (), STRUCT.auxiliary_info)
    message = "dense_feature must have 0 values, the columns none. Received: 1 in"
    _check_refused(ReleasedRecords(path, struct), message)


def test_error_other_bytes(tmp_path):
    with tf.io.TFRecordWriter(str(tmp_path / "a")) as writer:
        writer.write(b"\xff\xff")
    message = "must be a tf.train.Example.*record 0 of"
    _check_refused(ReleasedRecords(tmp_path / "a", STRUCT), message)


@pytest.mark.parametrize("compression", [None, "GZIP"])
def test_error_truncated_file(tmp_path, compression):
    path = tmp_path / ("a.gz" if compression else "a")
    write_records(path, [RECORD, _OTHER], compression)
    path.write_bytes(path.read_bytes()[:-20])
    message = f"damaged or truncated record [01] of {path}"
    _check_refused(ReleasedRecords(path, STRUCT), message)


def test_error_no_files(tmp_path):
    (tmp_path / "_SUCCESS").touch()
    write_struct(tmp_path)
    for files in (tmp_path, tmp_path / "part-*"):
        with pytest.raises(ValueError, match=f"must be files.*{tmp_path}.*has none"):
            ReleasedRecords(files)


def test_error_no_struct(tmp_path):
    path = write_records(tmp_path / "a", [RECORD])
    with pytest.raises(FileNotFoundError, match=f"{tmp_path}/data_struct.json, which"):
        ReleasedRecords(path)


def _check_refused(records, message):
    with pytest.raises(ValueError, match=message):
        with readable_errors(records):
            list(records.impressions())
