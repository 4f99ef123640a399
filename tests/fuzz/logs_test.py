"""Spoilt logs: refused with the file's name, or every row of them is a good one."""

import csv
import io
import json
import math

import numpy as np
import pytest

from diffumin_tf.data.logs import LogColumns, prepare_data
from diffumin_tf.data.records import UserRecords
from tests.fuzz.native_data import faults
from tests.fuzz.time_limit import time_limit

CASES = 40
HEADER = ["user", "item", "city", "time", "label", "weight", "price"]
COLUMNS = LogColumns(
    user="user",
    item="item",
    item_fields=("city",),
    time="time",
    label="label",
    weight="weight",
    context_numbers=("price",),
)
JUNK = ["", "-1", "0", "2", "nan", "inf", "1e400", "noon", "1.5", str(2**70), "'", "é"]


def make_rows():
    rng = np.random.default_rng(0)
    rows = []
    for place in range(60):
        user, item = rng.integers(1, 5), rng.integers(1, 20)
        label, weight = rng.integers(2), round(rng.random(), 3)
        rows.append([user, item, f"c{item % 3}", 10 * place, label, weight, place / 8])
    return [[str(value) for value in row] for row in rows]


def spoil(rng):
    """The bytes of a log with one thing wrong, or perhaps only different."""
    rows = [HEADER, *make_rows()]
    row, column = rng.integers(len(rows)), rng.integers(len(HEADER))
    kind = rng.integers(6)
    if kind == 0:
        rows = [[v for place, v in enumerate(r) if place != column] for r in rows]
    elif kind == 1:
        del rows[row][column]
    elif kind in (2, 3):
        rows[row][column] = JUNK[rng.integers(len(JUNK))]
    content = bytearray("".join(",".join(r) + "\n" for r in rows).encode())
    if kind == 4:
        content[rng.integers(len(content))] ^= 1 << rng.integers(8)
    elif kind == 5:
        content = content[: rng.integers(len(content))]
    return bytes(content)


def bad_rows(content):
    """What is wrong with a log, by Python's own reader and plain rules."""
    lines = csv.reader(io.StringIO(content.decode(), newline=""))
    header = next(lines)
    rules = {
        "user": lambda text: text and not text.startswith("-"),
        "item": lambda text: text and not text.startswith("-"),
        "city": lambda text: True,
        "time": lambda text: 0 <= float(text) < 1e11,
        "label": lambda text: text == "" or float(text) in (0, 1),
        "weight": lambda text: 0 <= float(text) < 1e38,
        "price": lambda text: math.isfinite(np.float32(text)),
    }
    return [row for row in lines if row and not _is_good(row, header, rules)]


def _is_good(row, header, rules):
    if len(row) != len(header):
        return False
    values = dict(zip(header, row, strict=True))
    try:
        return all(rule(values[name]) for name, rule in rules.items())
    except (KeyError, ValueError):
        return False


@pytest.mark.parametrize("number", range(CASES))
def test_a_spoilt_log(number, tmp_path):
    path = tmp_path / "log.csv"
    content = spoil(np.random.default_rng([number, 13]))
    path.write_bytes(content)
    try:
        with time_limit(60):
            prepare_data(path, tmp_path / "users", COLUMNS, num_shards=1, threads=1)
    except (ValueError, OSError) as error:
        assert str(path) in str(error)
        assert "\n" not in str(error)
        assert [*tmp_path.iterdir()] == [path]
        return
    assert bad_rows(content) == []
    schema = json.loads((tmp_path / "users" / "schema.json").read_text())
    for user in UserRecords(tmp_path / "users").users().as_numpy_iterator():
        assert faults({n: v.tolist() for n, v in user.items()}, schema) == []
