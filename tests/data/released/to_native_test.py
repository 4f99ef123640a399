import json
import re
from pathlib import Path

import numpy as np
import pytest

from diffumin_tf.data.click_data import ClickData
from diffumin_tf.data.industry_world import IndustryWorld
from diffumin_tf.data.pipeline import make_dataset
from diffumin_tf.data.records import UserRecords, write_users
from diffumin_tf.data.released.data_struct import DataStruct
from diffumin_tf.data.released.to_native import to_native
from diffumin_tf.data.released.to_released import to_released
from diffumin_tf.layers import FeatureEmbedding, PredictionTower
from diffumin_tf.models import DIN
from diffumin_tf.training.optimizers import LazyAdam
from tests.data.released.small_released import (
    ELEME,
    NO_ELEME,
    RECORD,
    SCHEMA,
    STRUCT,
    make_user,
    seen,
    write_records,
    write_struct,
)

_WORLD = IndustryWorld(num_users=6, impressions_per_user=4, seed=3)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A native directory, and the released one made of it."""
    directory = tmp_path_factory.mktemp("small")
    write_users(directory / "n", map(make_user, range(10)), SCHEMA, 2)
    to_released(UserRecords(directory / "n"), directory / "r", num_shards=3)
    return directory


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """The world as released records, and what came back of them."""
    directory = tmp_path_factory.mktemp("world")
    to_released(_WORLD, directory / "r")
    to_native(directory / "r", directory / "n")
    return directory


def _check_equal(records, users):
    found = list(records.users().as_numpy_iterator())
    for user, expected in zip(found, users, strict=True):
        assert user.keys() == expected.keys()
        for name, values in seen(expected).items():
            assert user[name].dtype == values.dtype
            np.testing.assert_array_equal(user[name], values, err_msg=name)


def test_the_world_comes_back(world):
    records = UserRecords(world / "n")
    assert records.schema == _WORLD.schema
    _check_equal(records, map(_WORLD.user, range(6)))


def test_split_by_user_weights_and_numbers_come_back(tmp_path, small):
    report = to_native(small / "r", tmp_path / "d", num_shards=4, compression="GZIP")
    records = UserRecords(tmp_path / "d")
    assert records.schema == SCHEMA
    _check_equal(records, map(make_user, range(10)))
    assert len(report.lines()) == 1  # Nothing was left out.


def test_own_names_come_back(tmp_path, small):
    given = {"history/item": "item_id_list", "impression_time": "time_stamp"}
    to_released(UserRecords(small / "n"), tmp_path / "r", given=given)
    to_native(tmp_path / "r", tmp_path / "d")
    _check_equal(UserRecords(tmp_path / "d"), map(make_user, range(10)))


def _batches(source, length, split, **arguments):
    settings = {"batch_size": 5, "sequence_length": length, "with_time": True}
    return make_dataset(source, split, **settings, **arguments).as_numpy_iterator()


def _check_equal_batches(found, expected):
    for (batch, *labels), (wanted, *wanted_labels) in zip(found, expected, strict=True):
        for name, values in wanted.items():
            np.testing.assert_array_equal(batch[name], values, err_msg=name)
        np.testing.assert_array_equal(labels, wanted_labels)


@pytest.mark.parametrize(
    ("split", "arguments"), [("train", {"seed": 1, "run_length": 2}), ("test", {})]
)
def test_batches_are_those_of_the_original(tmp_path, small, split, arguments):
    to_native(small / "r", tmp_path / "d", num_shards=2)
    found = _batches(UserRecords(tmp_path / "d"), 6, split, **arguments)
    original = _batches(UserRecords(small / "n"), 6, split, **arguments)
    _check_equal_batches(found, original)


def test_short_records_give_the_batches_of_their_length(tmp_path):
    report = to_released(_WORLD, tmp_path / "r", sequence_length=7)
    assert "24 impressions see more" in report.lines()[-1]
    report = to_native(tmp_path / "r", tmp_path / "d")
    assert "no record holds, left out" in report.lines()[1]
    found = _batches(UserRecords(tmp_path / "d"), 7, "train", grouped=False)
    expected = _batches(_WORLD, 7, "train", grouped=False)
    _check_equal_batches(found, expected)


@pytest.mark.slow
def test_a_step_of_training(world):
    data = ClickData(UserRecords(world / "n"), batch_size=4, sequence_length=50)
    original = ClickData(_WORLD, batch_size=4, sequence_length=50)
    (found,), (wanted,) = data.split("test").take(1), original.split("test").take(1)
    _check_equal_batches([found], [wanted])
    model = DIN(
        FeatureEmbedding(data.features.num_rows, 2), tower=PredictionTower((4,))
    )
    model.compile(LazyAdam(1e-2), jit_core=False)
    history = model.fit(data.split("test").take(1), verbose=0).history
    assert 0 < history["loss"][0] < 2


def _foreign(directory, records, columns=None, struct=STRUCT):
    write_records(directory / "part-0", records)
    write_struct(directory, struct)
    if columns is not None:
        (directory / "columns.json").write_text(json.dumps(columns))
    report = to_native(directory / "part-*", directory / "d")
    found = UserRecords(directory / "d")
    return report, found.schema, list(found.users().as_numpy_iterator())


def test_foreign_impressions_stand_alone(tmp_path):
    empty = {"cat_feature": [4, 5, 0, 0], "auxiliary_info": [90], "label": [0.0]}
    second = {"cat_feature": [6, 5, 0, 3]}
    records = [RECORD, {**RECORD, **empty}, {**RECORD, **second}]
    report, schema, users = _foreign(tmp_path, records)
    assert report.lines() == ["3 users, 3 impressions", "columns not taken: price"]
    assert schema.splits == {"train": (90, 101)} and schema.num_users == 3
    assert [table.name for table in schema.features.tables] == ["shop_id", "user_id"]
    assert {name: values.tolist() for name, values in users[0].items()} == {
        "user_key": [4],
        "user/user_id": [4],
        "history/shop_id": [8],
        "history_time": [99],
        "target/shop_id": [7],
        "impression_time": [100],
        "history_length": [1],
        "label": [1.0],
    }
    assert users[1]["history/shop_id"].tolist() == []
    # The most recent has no id; it is a behaviour all the same.
    assert users[2]["history/shop_id"].tolist() == [3, 0]
    assert users[2]["history_time"].tolist() == [98, 99]


def test_foreign_columns_as_given(tmp_path):
    columns = {
        "history/shop": "shop_id_list",
        "target/shop": "shop_id",
        "context/shop": "shop_id",
        "context/price": "price",
    }
    config = {"columns": columns, "splits": {"train": [0, 1]}}
    config["table_sizes"] = {"shop": 12}
    report, schema, users = _foreign(tmp_path, [RECORD] * 2, config)
    assert report.not_taken == ("time_stamp", "user_id")
    assert schema.features.tables[0].size == 12
    assert [user["user_key"].tolist() for user in users] == [[0], [1]]
    assert users[1]["context/price"].tolist() == [0.5]
    assert users[1]["context/shop"].tolist() == users[1]["target/shop"].tolist() == [7]
    assert users[1]["impression_time"].tolist() == [0]
    assert users[1]["history_time"].tolist() == [-1]


@pytest.mark.skipif(not ELEME.exists(), reason=NO_ELEME)
def test_the_columns_of_the_page(tmp_path):
    page = (Path(__file__).resolve().parents[3] / "docs/data.md").read_text()
    (text,) = re.findall(r"```json\n(\{\n  .columns.*?)```", page, re.S)
    struct = DataStruct.from_json(ELEME.read_text())
    record = {
        "label": [0.0],
        "cat_feature": list(range(1, 575)),
        "dense_feature": [0.25] * 52,
        "auxiliary_info": [1_649_347_200],
    }
    report, schema, (user,) = _foreign(tmp_path, [record], json.loads(text), struct)
    assert len(schema.features.history_fields) == 5
    assert user["context/hours"] == user["target/hours"] == [21]
    assert schema.split("test")[0] == user["impression_time"]
    lists = "brand_id merge_standard_food_id price shop_geohash6 time_type timediff"
    lists = [f"{name}_list[0..49]" for name in f"{lists} weekdays".split()]
    assert sorted(report.not_taken) == lists


@pytest.mark.skipif(not ELEME.exists(), reason=NO_ELEME)
def test_the_released_struct(tmp_path):
    struct = DataStruct.from_json(ELEME.read_text())
    # Each id tells its place; the last ten of each list are beyond the end.
    places = enumerate(struct.cat_feature)
    ids = [0 if name[-4:] in _LAST else place + 1 for place, name in places]
    record = {
        "label": [1.0],
        "cat_feature": ids,
        "dense_feature": [0.25] * 52,
        "auxiliary_info": [1_649_289_600],
    }
    _, schema, (user,) = _foreign(tmp_path, [record], struct=struct)
    assert user["target/shop_id"].tolist() == [7] and user["user_key"].tolist() == [1]
    # `shop_id_list[39]` to `[0]`, which follow 24 single columns.
    assert user["history/shop_id"].tolist() == list(range(64, 24, -1))
    assert user["history/item_id"].tolist() == list(range(114, 74, -1))
    assert user["history_time"][-1] == 1_649_289_599
    assert len(schema.features.history_fields) == 9


_LAST = {f"[{number}]" for number in range(40, 50)}


def _copy(small, tmp_path, change):
    """A copy of the small released directory, after a change."""
    (tmp_path / "r").mkdir()
    for path in (small / "r").iterdir():
        (tmp_path / "r" / path.name).write_bytes(path.read_bytes())
    change(tmp_path / "r")
    return tmp_path / "r"


def _swap(directory):
    first, last = (directory / f"part-0000{n}-of-00003.tfrecord" for n in (0, 2))
    text = first.read_bytes()
    first.write_bytes(last.read_bytes())
    last.write_bytes(text)


def _edit(name, old, new):
    def change(directory):
        text = (directory / name).read_text()
        assert old in text
        (directory / name).write_text(text.replace(old, new))

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_swap, "users rise. Received: user_number 3 after 9 in record 0 of .*part-00"),
        (
            lambda d: (d / "part-00002-of-00003.tfrecord").unlink(),
            "as many as columns.json says, 34. Received: 20",
        ),
        (
            _edit("columns.json", '"num_impressions": ', '"num_impressions": 1'),
            "as many as columns.json says, 1[0-9]+. Received:",
        ),
        (
            _edit("columns.json", '"target_item"', '"item_shown"'),
            "among those of data_struct.json. Received: 'item_shown' for target/item",
        ),
        (_edit("columns.json", '"size": 9', '"size": 1'), "dense table 'item'.*most 1"),
    ],
)
def test_error_records_that_are_not_those_written(tmp_path, small, change, message):
    files = _copy(small, tmp_path, change)
    with pytest.raises(ValueError, match=message):
        to_native(files, tmp_path / "d")
    assert not (tmp_path / "d").exists()


def test_error_negative_id_names_column_record_and_file(tmp_path):
    records = [RECORD, {**RECORD, "cat_feature": [4, 7, 8, -99]}]
    message = "-99 in column shop_id_list of record 1 of .*/part-0"
    with pytest.raises(ValueError, match=message):
        _foreign(tmp_path, records)
    assert not (tmp_path / "d").exists()


def test_error_bad_record(tmp_path):
    records = [RECORD, {**RECORD, "dense_feature": [np.nan]}]
    with pytest.raises(ValueError, match="nan in column price of record 1 of .*part-0"):
        _foreign(tmp_path, records)


def test_error_no_columns_file(tmp_path):
    path = write_records(tmp_path / "part-0", [RECORD])
    with pytest.raises(FileNotFoundError, match="columns must be a file.*mine.json"):
        to_native(path, tmp_path / "d", write_struct(tmp_path), "mine.json")


def test_error_records_that_lost_their_columns_file(small, tmp_path):
    files = _copy(small, tmp_path, lambda path: (path / "columns.json").unlink())
    with pytest.raises(FileNotFoundError, match="need their columns.json"):
        to_native(files, tmp_path / "d")
