"""Spoilt shards: refused in words that name the file, or as good as they were."""

import json

import numpy as np
import pytest

from diffumin_tf.data.pipeline import make_dataset
from diffumin_tf.data.readable_errors import readable_errors
from diffumin_tf.data.records import UserRecords, write_users
from tests.fuzz.native_data import SCHEMA, faults, make_user
from tests.fuzz.shard_mutations import spoil
from tests.fuzz.time_limit import time_limit

CASES = 120


class Readers:
    """A directory and datasets of it, traced once for all cases."""

    def __init__(self, path):
        write_users(path, map(make_user, range(12)), SCHEMA, 3)
        self.path = path
        self.pristine = {p: p.read_bytes() for p in path.iterdir()}
        self.source = UserRecords(path)
        self.users = [self.source.users(), self.source.users(seed=1)]
        options = {"batch_size": 4, "sequence_length": 3, "slack": 1}
        self.batches = make_dataset(self.source, "train", **options)

    def restore(self):
        for path, content in self.pristine.items():
            path.write_bytes(content)


@pytest.fixture(scope="module")
def readers(tmp_path_factory):
    return Readers(tmp_path_factory.mktemp("fuzz") / "data")


@pytest.mark.parametrize("number", range(CASES))
def test_a_spoilt_shard(readers, number):
    rng = np.random.default_rng([number, 7])
    readers.restore()
    path = sorted(readers.path.glob("users-*"))[rng.integers(3)]
    way, must_fail = spoil(path, rng)
    users = readers.users[number % 2]
    try:
        with time_limit(60), readable_errors(readers.source):
            found = list(users.as_numpy_iterator())
    except (ValueError, OSError) as error:
        assert str(path) in str(error), way
        assert "\n" not in str(error) and "{{" not in str(error), way
        return
    assert not must_fail, way
    assert len(found) == SCHEMA.num_users, way
    schema = json.loads(SCHEMA.to_json())
    for user in found:
        assert faults({n: v.tolist() for n, v in user.items()}, schema) == [], way
    assert len(list(readers.batches)) > 3, way


def test_what_is_not_spoilt_passes(readers):
    readers.restore()
    schema = json.loads(SCHEMA.to_json())
    for user in readers.users[0].as_numpy_iterator():
        assert faults({n: v.tolist() for n, v in user.items()}, schema) == []
