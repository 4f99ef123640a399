import numpy as np
import pytest

from diffumin_tf.data.released.data_struct import DataStruct
from diffumin_tf.data.released.user_builder import UserBuilder
from diffumin_tf.data.schema import Schema
from diffumin_tf.features import FeatureSpec, Field, Table

_SCHEMA = Schema(
    FeatureSpec(
        (Table("a", "hashed", 3),),
        (Field("history/a", "a", "history"), Field("target/a", "a", "target")),
    ),
    {"train": (0, 100)},
    1,
)
_COLUMNS = {
    "user_number": "user_number",
    "user_key": "key",
    "impression_time": "time",
    "history_length": "history_length",
    "history_time": "times",
    "history/a": "a_list",
    "target/a": "a",
}


def _impression(length, items, times, key=5):
    return {
        "user_number": 0,
        "key": key,
        "time": 50,
        "history_length": length,
        "times": np.array(times),
        "a_list": np.array(items),
        "a": 9,
        "label": np.float32(1),
    }


def _build(*impressions):
    builder = UserBuilder(_SCHEMA, _COLUMNS, DataStruct(("a",)))
    for number, impression in enumerate(impressions):
        builder.add(impression, f"record {number}")
    return builder


def test_windows_are_joined_oldest_first():
    # Behaviours 1 to 5 happen at 10 to 50; two are seen at a time, in any order.
    builder = _build(
        _impression(4, [4, 3], [40, 30]),
        _impression(0, [0, 0], [0, 0]),
        _impression(5, [5, 4], [50, 40]),
        _impression(2, [2, 1], [20, 10]),
        _impression(1, [1, 0], [10, 0]),
    )
    user = builder.user()
    assert user["history/a"].tolist() == [1, 2, 3, 4, 5]
    assert user["history_time"].tolist() == [10, 20, 30, 40, 50]
    assert user["history_length"].tolist() == [4, 0, 5, 2, 1]
    assert user["user_key"].tolist() == [5] and builder.num_lost == 0
    assert user["label"].dtype == np.float32
    assert set(user) == set(_SCHEMA.columns)


def test_what_no_window_holds_is_left_out():
    builder = _build(_impression(3, [3, 2], [30, 20]), _impression(9, [9, 8], [90, 80]))
    user = builder.user()
    assert user["history/a"].tolist() == [2, 3, 8, 9]
    # So that each impression still sees the two of its record last.
    assert user["history_length"].tolist() == [2, 4]
    assert builder.num_lost == 5


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (_impression(2, [2, 7], [20, 10]), "another a_list in record 1"),
        (_impression(2, [2, 1], [20, 11]), "another times in record 1"),
        (_impression(2, [2, 1], [20, 10], key=6), "key 6 after 5 in record 1"),
        (_impression(-1, [2, 1], [20, 10]), "not be negative.*: -1 in record 1"),
    ],
)
def test_error_records_contradict_each_other(second, message):
    with pytest.raises(ValueError, match=message):
        _build(_impression(1, [1, 0], [10, 0]), second)
