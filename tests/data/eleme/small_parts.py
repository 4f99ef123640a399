"""Small raw parts of Ele.me's layout, and what must become of them, row by row."""

import math
import zipfile
from functools import cache
from pathlib import Path

import numpy as np
import tensorflow as tf

from diffumin_tf.data.eleme import prepare_eleme
from diffumin_tf.data.eleme.layout import COLUMNS
from diffumin_tf.data.records import UserRecords

TABLE_SIZE = 1_024
MIDNIGHT = 1_648_742_400  # 2022-04-01 in Beijing.
HISTORY = ("shop_id", "item_id", "category_1_id", "shop_aoi_id", "hours")
_TARGET = (
    *("shop_id", "item_id", "city_id", "district_id", "shop_aoi_id", "shop_geohash_6"),
    *("shop_geohash_12", "brand_id", "category_1_id", "merge_standard_food_id"),
    *("rank_7", "rank_30", "rank_90", "hours"),
)
_USER = ("user_id", "gender", "visit_city", "is_supervip", "ctr_30", "ord_30")
_CONTEXT = ("times", "hours", "time_type", "weekdays", "geohash12")
_GOOD = dict.fromkeys(COLUMNS, "") | {
    **{name: f"{name}-1" for name in _TARGET + _CONTEXT},
    **{"label": "1", "user_id": "u1", "hours": "12", "time_type": "lunch"},
    **{"avg_price": "20.5", "total_amt_30": "0", "gender": "2", "rank_7": "7"},
}


def line(**changes):
    """A line of a part, good unless the changes are not."""
    return ",".join((_GOOD | changes).values()).encode()


def write(path, lines):
    """Writes lines as a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(text + b"\n" for text in lines))


def write_zip(path, members, method=zipfile.ZIP_DEFLATED):
    """Writes a zip file of members, name to bytes."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def prepare(folder, output=None, **changes):
    """Prepares the parts of a folder, day 1 for training and day 2 for the test."""
    output = output or folder.parent / "users"
    arguments = {
        "train_days": (1, 1),
        "test_days": (2, 2),
        "max_table_size": TABLE_SIZE,
        "compression": None,
    }
    return prepare_eleme(folder, output, **(arguments | changes))


def read(directory):
    """The users of a directory, name to list, after all of them were checked."""
    records = UserRecords(directory)
    records.check()
    return [
        {name: values.tolist() for name, values in user.items()}
        for user in records.users().as_numpy_iterator()
    ]


def expected(text, day, max_length=50):
    """The record of a good line, in plain Python; lists begin with the most recent."""
    cells = dict(zip(COLUMNS, text.decode().split(","), strict=True))
    time = MIDNIGHT + 86_400 * (day - 1) + 3_600 * int(cells["hours"])
    if cells["gender"].startswith("-") or cells["gender"] == "0":
        cells["gender"] = ""
    user = {
        "user_key": [bucket(cells["user_id"], 2**63 - 1)],
        "impression_time": [time],
        "label": [float(cells["label"])],
    }
    for role, names in (("target", _TARGET), ("user", _USER), ("context", _CONTEXT)):
        user |= {f"{role}/{n}": [table_id(cells[n])] for n in names}
    for name in ("avg_price", "total_amt_30"):
        user[f"user/{name}"] = [float(np.float32(math.log1p(float(cells[name]))))]
    lists = {n: cells[f"{n}_list"].split(";") for n in HISTORY}
    behaviours = []
    for place in range(max(map(len, lists.values()))):
        found = {n: t[place] if place < len(t) else "" for n, t in lists.items()}
        if any(found.values()):
            behaviours.append(found)
    behaviours = behaviours[:max_length][::-1]
    for name in HISTORY:
        ids = [table_id(b[name]) for b in behaviours]
        user[f"history/{name}"] = ids
    count = len(behaviours)
    user["history_time"] = [time - k for k in range(count, 0, -1)]
    return user | {"history_length": [count]}


def table_id(text):
    """The id of a text, as the documentation says."""
    return bucket(text, TABLE_SIZE) + 1 if text else 0


@cache
def bucket(text, size):
    """FarmHash of a text, modulo `size`."""
    return int(tf.strings.to_hash_bucket_fast(text, size))


def lines_of(path):
    """The lines of a part."""
    return Path(path).read_bytes().splitlines()


def assert_users(found, wanted):
    """Raises unless users are equal."""
    assert len(found) == len(wanted)
    for user, other in zip(found, wanted, strict=True):
        assert user.keys() == other.keys()
        for name, values in other.items():
            assert user[name] == values, name
