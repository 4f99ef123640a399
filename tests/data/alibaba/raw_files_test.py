"""The world as raw files: prepared, they are the world's users again."""

import csv
from collections import Counter

import numpy as np
import pytest

from diffumin_tf.data.alibaba import prepare_alibaba
from diffumin_tf.data.alibaba.raw_files import write_raw, write_world
from diffumin_tf.data.alibaba_world import AlibabaWorld
from diffumin_tf.data.records import UserRecords
from tests.data.alibaba.raw_rows import HEADERS

_NUM_USERS = 60


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world") / "raw"
    write_world(folder, AlibabaWorld(_NUM_USERS, seed=3))
    return folder


@pytest.mark.parametrize("sequence_length", [None, 40])
def test_prepared_they_are_the_world(sequence_length, raw, tmp_path):
    output = tmp_path / "users"
    prepare_alibaba(raw, output, sequence_length=sequence_length, num_shards=3)
    world = AlibabaWorld(_NUM_USERS, 3, sequence_length)
    records, numbers = UserRecords(output), []
    for found in records.users().as_numpy_iterator():
        numbers.append(int(found["user_key"][0]) - 1)
        user = world.user(numbers[-1])
        del user["true_ctr"]
        assert user.keys() == found.keys()
        for name, values in user.items():
            if values.dtype == object:
                values = np.array([value.encode() for value in values], object)
            np.testing.assert_array_equal(found[name], values, err_msg=name)
    assert sorted(numbers) == list(range(_NUM_USERS))
    spec = records.schema.features
    names = [(f.name, f.table, f.role, f.dtype) for f in world.schema.features.fields]
    assert [(f.name, f.table, f.role, f.dtype) for f in spec.fields] == names
    assert spec.dense_fields == world.schema.features.dense_fields
    assert records.schema.splits == world.schema.splits


def _rows(raw, name):
    with open(raw / f"{name}.csv", newline="") as file:
        header, *rows = csv.reader(file)
    return ",".join(header), rows


def test_the_files_have_the_layout_and_the_quirks(raw):
    found = {name: _rows(raw, name) for name in HEADERS}
    assert {name: header for name, (header, _) in found.items()} == HEADERS
    assert sorted(path.name for path in raw.iterdir()) == sorted(
        f"{name}.csv" for name in HEADERS
    )
    log = found["behavior_log"][1]
    times = [int(row[1]) for row in log]
    assert times != sorted(times)
    repeated = sum(Counter(map(tuple, log)).values()) - len(set(map(tuple, log)))
    assert 0.01 < repeated / len(log) < 0.03
    assert {row[2] for row in log} == {"pv", "cart", "fav", "buy"}
    assert "NULL" in {row[4] for row in log} & {r[4] for r in found["ad_feature"][1]}
    profiles = found["user_profile"][1]
    assert {"", "1", "2", "3"} == {row[5] for row in profiles} and len(profiles) < 60
    assert "" in {row[8] for row in profiles}
    assert {row[3] for row in found["raw_sample"][1]} == {"430539_1007", "430548_1007"}
    assert {int(r[4]) + int(r[5]) for r in found["raw_sample"][1]} == {1}


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    for name, seed in (("first", 0), ("second", 0), ("third", 1)):
        write_raw(tmp_path / name, 3e-6, seed)
    first, second, third = (
        (tmp_path / name / "behavior_log.csv").read_bytes()
        for name in ("first", "second", "third")
    )
    assert first == second != third


def test_error_scale_is_zero(tmp_path):
    with pytest.raises(ValueError, match="scale must be above 0. Received: 0"):
        write_raw(tmp_path / "raw", 0, 0)
    assert not (tmp_path / "raw").exists()
