import json

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.data.industry_world import IndustryWorld
from diffumin_tf.data.records import UserRecords, write_users
from diffumin_tf.data.released.released_records import ReleasedRecords
from diffumin_tf.data.released.to_released import to_released
from tests.data.released.small_released import SCHEMA, make_user


class Interrupted:
    """A source that fails at its third user."""

    schema = SCHEMA

    def users(self):
        columns = self.schema.columns.items()
        signature = {name: tf.TensorSpec([None], c.dtype) for name, c in columns}
        return tf.data.Dataset.from_generator(self._users, output_signature=signature)

    def _users(self):
        yield from map(make_user, range(2))
        user = make_user(2)
        yield {**user, "label": user["label"] + 3}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    directory = tmp_path_factory.mktemp("native") / "d"
    write_users(directory, map(make_user, range(10)), SCHEMA, 2)
    return UserRecords(directory)


@pytest.mark.parametrize("compression", [None, "GZIP"])
def test_every_impression_is_a_record(tmp_path, source, compression):
    report = to_released(source, tmp_path / "r", num_shards=3, compression=compression)
    suffix = ".gz" if compression else ""
    assert sorted(path.name for path in (tmp_path / "r").iterdir()) == [
        "columns.json",
        "data_struct.json",
        *[f"part-0000{n}-of-00003.tfrecord{suffix}" for n in range(3)],
    ]
    users = [make_user(number) for number in range(10)]
    found = list(ReleasedRecords(tmp_path / "r").impressions().as_numpy_iterator())
    assert report.users == 10 and report.impressions == len(found)
    longest = max(max(user["history_length"]) for user in users)
    assert all(len(i["item_list"]) == longest for i in found)
    pairs = [(user, place) for user in users for place in range(len(user["label"]))]
    for impression, (user, place) in zip(found, pairs, strict=True):
        items = user["history/item"][: user["history_length"][place]][::-1].tolist()
        assert impression["item_list"].tolist() == items + [0] * (longest - len(items))
        assert impression["target_shop"] == user["target/shop"][place]
        assert impression["weight"] == user["weight"][place]
        assert impression["x"] == user["user/x"][0]
        assert impression["split"] == user["split"][place]


def test_what_is_left_out_is_counted(tmp_path):
    users = [make_user(number) for number in range(10)]
    nothing = {name: values[:0] for name, values in users[4].items()}
    one_value = {"user_key", "user/shop_most", "user/x"}
    users[4] = {n: users[4][n] if n in one_value else nothing[n] for n in nothing}
    write_users(tmp_path / "n", users, SCHEMA, 1)
    report = to_released(UserRecords(tmp_path / "n"), tmp_path / "r", 2)
    lengths = np.concatenate([user["history_length"] for user in users])
    unseen = [
        len(u["history_time"]) - max(u["history_length"], default=0) for u in users
    ]
    assert report.lines() == [
        f"9 users, {len(lengths)} impressions",
        "1 users without impressions, left out",
        f"{sum(unseen)} behaviours after their user's last impression, which none "
        "sees, left out",
        f"{sum(lengths > 2)} impressions see more behaviours than a record holds, cut "
        "to the latest",
    ]
    columns = json.loads((tmp_path / "r/columns.json").read_text())
    assert columns["schema"]["num_users"] == 9
    assert columns["num_impressions"] == len(lengths)


def test_the_same_bytes_every_time(tmp_path):
    world = IndustryWorld(num_users=4, impressions_per_user=2)
    for name in ("a", "b"):
        to_released(world, tmp_path / name, 20, num_shards=2)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_error_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match="label must .*user number 2"):
        to_released(Interrupted(), tmp_path / "r", 5)
    assert not list(tmp_path.iterdir())


def test_error_directory_is_not_empty(tmp_path, source):
    (tmp_path / "mine").touch()
    with pytest.raises(ValueError, match="new or empty"):
        to_released(source, tmp_path, 5)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sequence_length": 0}, "sequence_length must be at least 1"),
        ({"num_shards": 0}, "num_shards must be at least 1"),
        ({"compression": "ZIP"}, "compression must be one of"),
        ({"given": {"user/x": "price"}}, "'price' for context/price and user/x"),
    ],
)
def test_error_argument(tmp_path, source, arguments, message):
    with pytest.raises(ValueError, match=message):
        to_released(source, tmp_path / "r", **arguments)
    assert not (tmp_path / "r").exists()
