"""Tests of the arrays that another library trains on."""

import dataclasses

import numpy as np
import pytest

from benchmarks.other_library_arrays import describe_fields, read_arrays, write_arrays
from diffumin_tf.features import DenseField, FeatureSpec, Field, Table
from tests.data.fake_source import FakeSource

SPEC = FeatureSpec(
    tables=[Table("city", "vocabulary", 2, ("a", "b")), Table("poi", "dense", 30)],
    fields=[
        Field("history/poi", "poi", "history"),
        Field("target/poi", "poi", "target"),
        Field("user/city", "city", "user", "string"),
    ],
)
SPLITS = {"train": (0, 100), "test": (100, 200)}
USERS = [
    {
        "user_key": [7],
        "history/poi": [1, 2, 0, 4],
        "history_time": [10, 20, 30, 40],
        "target/poi": [5, 30, 99],
        "user/city": ["b"],
        "impression_time": [25, 99, 150],
        "history_length": [2, 4, 4],
        "label": [0, 1, 1],
    },
    {
        "user_key": [9],
        "history/poi": [],
        "history_time": [],
        "target/poi": [6],
        "user/city": ["oslo"],
        "impression_time": [50],
        "history_length": [0],
        "label": [1],
    },
]


def read(split, users=USERS, spec=SPEC, extra=()):
    return read_arrays(FakeSource(spec, users, SPLITS, extra), split, 3)


def test_ids_count_from_each_table_s_own_padding():
    arrays = read("train")
    # 1 is no value, 2 an unknown one, id i stands at i + 2; most recent first.
    np.testing.assert_array_equal(
        arrays["history"][..., 0], [[4, 3, 0], [6, 1, 4], [0, 0, 0]]
    )
    np.testing.assert_array_equal(arrays["history_length"], [2, 3, 0])
    np.testing.assert_array_equal(arrays["target"], [[7], [32], [8]])
    np.testing.assert_array_equal(arrays["other"], [[4], [4], [2]])
    np.testing.assert_array_equal(arrays["user_key"], [7, 7, 9])
    np.testing.assert_array_equal(arrays["label"], [0, 1, 1])


def test_the_test_split_and_an_id_over_the_range():
    arrays = read("test")
    np.testing.assert_array_equal(arrays["target"], [[2]])
    np.testing.assert_array_equal(arrays["history"][..., 0], [[6, 1, 4]])


def test_the_largest_id_fits_in_the_table():
    fields = describe_fields(SPEC)
    assert fields["target"] == [{"name": "target/poi", "table": "poi", "num_ids": 33}]
    assert fields["history"][0]["table"] == "poi"
    assert fields["other"] == [{"name": "user/city", "table": "city", "num_ids": 5}]


def test_numbers_and_weights_are_refused():
    numbers = dataclasses.replace(
        SPEC, dense_fields=[DenseField("context/price", "context")]
    )
    with pytest.raises(ValueError, match="ids alone.*'context/price'"):
        read("train", spec=numbers)
    with pytest.raises(ValueError, match="ids alone.*'weight'"):
        read("train", extra=("weight",))


def test_arrays_are_written_whole_or_not_at_all(tmp_path):
    write_arrays(FakeSource(SPEC, USERS, SPLITS), 3, tmp_path / "whole")
    with np.load(tmp_path / "whole" / "test.npz") as file:
        np.testing.assert_array_equal(file["target"], [[2]])
    assert (tmp_path / "whole" / "fields.json").exists()
    with pytest.raises(ValueError, match="new directory.*whole"):
        write_arrays(FakeSource(SPEC, USERS, SPLITS), 3, tmp_path / "whole")
    without_test = FakeSource(SPEC, USERS, {"train": (0, 100)})
    with pytest.raises(ValueError, match="split must be"):
        write_arrays(without_test, 3, tmp_path / "half")
    assert [path.name for path in tmp_path.iterdir()] == ["whole"]
