import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.data.industry_world import IndustryWorld
from diffumin_tf.data.readable_errors import readable_errors
from diffumin_tf.data.records import UserRecords, write_users
from diffumin_tf.data.schema import Schema
from diffumin_tf.features import FeatureSpec, Field, Table

_WORLD = IndustryWorld(num_users=11, impressions_per_user=2)


def _write(directory, users=None, num_shards=3, **arguments):
    users = map(_WORLD.user, range(11)) if users is None else users
    write_users(directory, users, _WORLD.schema, num_shards, **arguments)
    return directory


def _keys(records, **arguments):
    users = records.users(**arguments).as_numpy_iterator()
    return [int(user["user_key"][0]) for user in users]


@pytest.mark.parametrize("compression", [None, "GZIP"])
@pytest.mark.parametrize("num_shards", [1, 3, 20])
def test_round_trip_in_order(tmp_path, num_shards, compression):
    directory = _write(tmp_path / "d", num_shards=num_shards, compression=compression)
    records = UserRecords(directory)
    assert records.schema == _WORLD.schema
    assert len(list(directory.iterdir())) == num_shards + 1
    number = -1
    for number, user in enumerate(records.users().as_numpy_iterator()):
        expected = _WORLD.user(number)
        assert user.keys() == expected.keys()
        for name, values in expected.items():
            assert user[name].dtype == values.dtype
            np.testing.assert_array_equal(user[name], values, err_msg=name)
    assert number == 10


def test_strings_weights_and_empty_users(tmp_path):
    schema = Schema(
        features=FeatureSpec(
            tables=(Table("city", "hashed", 5),),
            fields=(
                Field("history/city", "city", "history", "string"),
                Field("target/city", "city", "target", "string"),
            ),
        ),
        splits={"train": (0, 100)},
        num_users=2,
        extra=("weight",),
    )
    users = [
        {
            "user_key": np.array([-5]),
            "history/city": np.array(["Łódź", ""]),
            "history_time": np.array([1, 2]),
            "target/city": np.array([b"Rome"], object),
            "impression_time": np.array([2]),
            "history_length": np.array([1]),
            "label": np.array([1.0]),
            "weight": np.array([0.25]),
        }
    ]
    users.append({name: values[:0] for name, values in users[0].items()})
    users[1]["user_key"] = np.array([2**62])
    write_users(tmp_path / "d", users, schema, 1)
    first, second = UserRecords(tmp_path / "d").users().as_numpy_iterator()
    assert first["history/city"].tolist() == ["Łódź".encode(), b""]
    assert first["target/city"].tolist() == [b"Rome"]
    assert first["weight"].tolist() == [0.25] and first["user_key"] == [-5]
    assert second["user_key"] == [2**62]
    assert second["label"].shape == second["history/city"].shape == (0,)


def test_order_is_a_permutation_by_seed_and_epoch_alone(tmp_path):
    records = UserRecords(_write(tmp_path / "d"), shuffle_window=4)
    tf.random.set_seed(1)
    order = _keys(records, seed=3, epoch=2)
    tf.random.set_seed(2)
    assert _keys(records, seed=3, epoch=2) == order
    assert sorted(order) == _keys(records) == list(range(1, 12))
    assert order not in (_keys(records, seed=3), _keys(records, seed=4, epoch=2))


def test_one_file_is_shuffled_too(tmp_path):
    records = UserRecords(_write(tmp_path / "d", num_shards=1))
    assert _keys(records, seed=0) != _keys(records)


def _interrupted():
    yield from map(_WORLD.user, range(4))
    raise KeyboardInterrupt


@pytest.mark.parametrize("empty_directory", [False, True])
def test_interrupted_write_leaves_nothing(tmp_path, empty_directory):
    directory = tmp_path / "d"
    if empty_directory:
        directory.mkdir()
    with pytest.raises(KeyboardInterrupt):
        _write(directory, users=_interrupted())
    assert list(tmp_path.rglob("*")) == [directory] * empty_directory
    assert len(list(_write(directory).iterdir())) == 4


@pytest.mark.parametrize(("count", "what"), [(10, "fewer"), (12, "more")])
def test_error_number_of_users(tmp_path, count, what):
    users = [_WORLD.user(0)] * count
    with pytest.raises(ValueError, match=f"num_users, 11. Received: {what}"):
        _write(tmp_path / "d", users=users)
    assert not list(tmp_path.iterdir())


def test_error_malformed_user_names_its_number(tmp_path):
    users = [_WORLD.user(0), {**_WORLD.user(1), "label": np.array([2.0, 0.0])}]
    with pytest.raises(ValueError, match="label must be 0 or 1.*user number 1"):
        _write(tmp_path / "d", users=users)


def test_error_directory_is_not_empty(tmp_path):
    (tmp_path / "mine").touch()
    with pytest.raises(ValueError, match="new or empty.*holds 1 entries"):
        _write(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_error_directory_is_a_file(tmp_path):
    (tmp_path / "mine").touch()
    with pytest.raises(ValueError, match="directory must be a directory.*mine"):
        _write(tmp_path / "mine")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_shards": 0}, "num_shards must be at least 1. Received: 0"),
        ({"compression": "ZIP"}, "compression must be one of.*'ZIP'"),
    ],
)
def test_error_argument_of_the_writer(tmp_path, arguments, message):
    with pytest.raises(ValueError, match=message):
        _write(tmp_path / "d", **arguments)


def test_error_no_schema(tmp_path):
    with pytest.raises(ValueError, match=f"must hold schema.json.*{tmp_path}"):
        UserRecords(tmp_path)


def test_error_malformed_schema_names_its_file(tmp_path):
    (tmp_path / "schema.json").write_text("{}")
    with pytest.raises(ValueError, match=f"^{tmp_path}/schema.json: "):
        UserRecords(tmp_path)


def test_error_no_shards(tmp_path):
    (tmp_path / "schema.json").write_text(_WORLD.schema.to_json())
    with pytest.raises(ValueError, match=f"shards of one writing.*{tmp_path}"):
        UserRecords(tmp_path)


def test_error_missing_shard(tmp_path):
    directory = _write(tmp_path / "d")
    (directory / "users-00001-of-00003.tfrecord").unlink()
    with pytest.raises(ValueError, match=r"3 shards.*\['users-00001-of-00003"):
        UserRecords(directory)


def test_error_shards_of_two_writings(tmp_path):
    directory = _write(tmp_path / "d")
    (directory / "users-00000-of-00001.tfrecord").touch()
    with pytest.raises(ValueError, match="shards of one writing"):
        UserRecords(directory)


def test_error_shuffle_window(tmp_path):
    with pytest.raises(ValueError, match="shuffle_window must be at least 1.*0"):
        UserRecords(_write(tmp_path / "d"), shuffle_window=0)


@pytest.mark.parametrize("seed", [None, 1])
def test_error_column_that_records_lack(tmp_path, seed):
    directory = _write(tmp_path / "d", num_shards=1)
    # A schema that has learnt of a column since.
    schema = dataclasses.replace(_WORLD.schema, extra=("true_ctr", "price"))
    (directory / "schema.json").write_text(schema.to_json())
    _check_refused(directory, seed, r"no \['price'\].*record 0 of .*00000-of-00001")


@pytest.mark.parametrize("seed", [None, 1])
@pytest.mark.parametrize("compression", [None, "GZIP"])
def test_error_damaged_record_names_file_and_record(tmp_path, seed, compression):
    directory = _write(tmp_path / "d", num_shards=2, compression=compression)
    path = sorted(directory.glob("users-00001*"))[0]
    # More than a trailer of gzip, without which no record is lost.
    path.write_bytes(path.read_bytes()[:-40])
    _check_refused(directory, seed, f"damaged or truncated record [0-5] of {path}")


@pytest.mark.parametrize("seed", [None, 1])
def test_error_emptied_shard_is_missed(tmp_path, seed):
    directory = _write(tmp_path / "d")
    path = directory / "users-00001-of-00003.tfrecord"
    path.write_bytes(b"")
    message = f"11 users. Received: 7, 3 in .*, 0 in {path}, 4 in "
    _check_refused(directory, seed, message)


def test_error_shard_that_is_gone_while_reading(tmp_path):
    directory = _write(tmp_path / "d")
    records = UserRecords(directory)
    path = directory / "users-00002-of-00003.tfrecord"
    path.unlink()
    with pytest.raises(OSError, match=f"must be readable.*{path}.*No such file"):
        with readable_errors(records):
            list(records.users())


def _check_refused(directory, seed, message):
    """Checks that a pass over the users fails, and how that is told."""
    records = UserRecords(directory)
    with pytest.raises(ValueError, match=message):
        with readable_errors(records):
            list(records.users(seed))
