"""Spoilt schemas: refused with the file's name, or true of the records."""

import json

import numpy as np
import pytest

from diffumin_tf.data.click_data import ClickData
from diffumin_tf.data.pipeline import make_dataset
from diffumin_tf.data.readable_errors import readable_errors
from diffumin_tf.data.records import UserRecords, write_users
from tests.fuzz.native_data import SCHEMA, faults, make_user
from tests.fuzz.time_limit import time_limit

CASES = 45
JUNK = [None, -1, 0, 3, 1.5, True, "x", "", "history/item", [], {}, [3], 2**70]


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    path = tmp_path_factory.mktemp("fuzz") / "data"
    write_users(path, map(make_user, range(12)), SCHEMA, 1)
    return path


def places(value, path=()):
    """Every place in nested lists and dictionaries."""
    entries = {dict: lambda: value.items(), list: lambda: enumerate(value)}
    for key, inner in entries.get(type(value), tuple)():
        yield (*path, key)
        yield from places(inner, (*path, key))


def spoil(text, rng):
    """Changes, drops or adds one entry; or flips bytes, or cuts the text short."""
    kind = rng.random()
    if kind < 0.15:
        return text[: rng.integers(len(text))].encode()
    if kind < 0.35:
        content = bytearray(text.encode())
        content[rng.integers(len(content))] ^= 1 << rng.integers(8)
        return bytes(content)
    config = json.loads(text)
    every = [*places(config)]
    *path, key = every[rng.integers(len(every))]
    inner = config
    for step in path:
        inner = inner[step]
    if kind < 0.5:
        del inner[key]
    elif kind < 0.6 and isinstance(inner, dict):
        inner["unheard_of"] = 1
    else:
        inner[key] = JUNK[rng.integers(len(JUNK))]
    return json.dumps(config).encode()


@pytest.mark.parametrize("number", range(CASES))
def test_a_spoilt_schema(directory, number):
    path = directory / "schema.json"
    path.write_bytes(spoil(SCHEMA.to_json(), np.random.default_rng([number, 11])))
    try:
        with time_limit(60):
            source = UserRecords(directory)
            with readable_errors(source):
                found = list(source.users().as_numpy_iterator())
    except (ValueError, OSError) as error:
        assert str(directory) in str(error)
        assert "\n" not in str(error) and "{{" not in str(error)
        return
    schema = json.loads(path.read_text())
    assert len(found) == schema["num_users"]
    _train_on(source)
    for user in found:
        assert faults({n: v.tolist() for n, v in user.items()}, schema) == []


def _train_on(source):
    """What a run would do: batches of an epoch, unless that is refused in words."""
    try:
        data = ClickData(source, batch_size=4, sequence_length=3, slack=1)
        assert list(data.training())
    except ValueError as error:
        assert "must" in str(error)


def test_a_schema_of_other_splits_and_tables_is_read(directory):
    """What may change without the records: it must not be refused."""
    config = json.loads(SCHEMA.to_json())
    config["splits"] = {"dev": [0, 100]}
    config["features"]["tables"][1]["size"] = 7
    (directory / "schema.json").write_text(json.dumps(config))
    source = UserRecords(directory)
    options = {"batch_size": 4, "sequence_length": 3, "slack": 1}
    assert len(list(make_dataset(source, "dev", **options))) > 3
