"""Files in the layout of Tianchi 131047, synthetic, and damaged if that is wanted."""

import zipfile
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from diffumin_tf.data.eleme.raw_rows import raw_rows
from diffumin_tf.data.eleme_world import ElemeWorld
from diffumin_tf.data.industry_world_truth import SECONDS_PER_DAY
from diffumin_tf.data.new_directory import new_directory

NUM_DAYS = 14
_REAL_USERS = 14_427_689
_LABEL, _AVG_PRICE, _GEOHASH_12, _HOURS = 0, 4, 38, 35
_KEPT_OF_CUT = 0.6


def write_raw(output, scale, seed, **damage):
    """Writes raw parts of a size like the real data's.

    Args:
        output: New or empty directory.
        scale: Share of the real users.
        seed: Of the world.
        **damage: As `write_raw_eleme` takes it.
    """
    num_users = max(round(scale * _REAL_USERS), 1)
    write_raw_eleme(output, num_users, seed=seed, **damage)


def write_raw_eleme(
    output,
    num_users=6_000,
    impressions_per_user=8,
    seed=0,
    rows_per_part=500_000,
    odd_list_one_in=20,
    bad_share=0.0,
    damaged=False,
):
    """Writes the impressions of an `ElemeWorld` as raw parts, quirks included.

    Days are those of the world in UTC, numbered from 1; the last two are its test.

    Args:
        output: New or empty directory. The files are `D1_0.csv`, `D1_1.csv`, ...
        num_users: Of the world.
        impressions_per_user: Of the world, in the last 14 days.
        seed: Of the world.
        rows_per_part: Most rows of a part.
        odd_list_one_in: One of so many rows has empty lists, or lists that begin with
            `;` or are of unequal length; 0 for none.
        bad_share: Share of the rows that are spoilt: a column too few or too many,
            bytes that are no text, or a value that cannot be.
        damaged: Whether the first part of day 1 is a zip file cut short, and a further
            part of day 2 an empty file.
    """
    world = ElemeWorld(num_users, impressions_per_user, seed)
    draw = np.random.default_rng([seed, 1])
    with new_directory(output) as draft:
        with ExitStack() as files:
            parts = [
                files.enter_context(_DayParts(draft, day + 1, rows_per_part))
                for day in range(NUM_DAYS)
            ]
            for day, row in _numbered_rows(world, odd_list_one_in):
                is_bad = bad_share > 0 and draw.random() < bad_share
                parts[day].add(_spoilt(row, draw) if is_bad else _line(row))
        if damaged:
            _damage(Path(draft), parts[1].number + 1)


def _numbered_rows(world, odd_list_one_in):
    """Yields (day from 0, row)."""
    first, _ = world.schema.split("train")
    for number in range(world.num_users):
        user = world.user(number)
        days = (user["impression_time"] - first) // SECONDS_PER_DAY
        yield from zip(days, raw_rows(user, odd_list_one_in), strict=True)


class _DayParts:
    """The parts of one day, one file open at a time."""

    def __init__(self, directory, day, rows_per_part):
        self._directory, self._day = directory, day
        self._rows_per_part, self._rows = rows_per_part, 0
        self.number, self._file = 0, self._open(0)

    def add(self, line):
        """Writes a line, to the next part if this one is full."""
        if self._rows == self._rows_per_part:
            self._file.close()
            self.number, self._rows = self.number + 1, 0
            self._file = self._open(self.number)
        self._file.write(line)
        self._rows += 1

    def _open(self, number):
        return open(f"{self._directory}/D{self._day}_{number}.csv", "wb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()


def _line(row):
    return ",".join(row).encode() + b"\n"


def _spoilt(row, draw):
    """The line of a row that no reader can use."""
    row, kind = list(row), draw.integers(6)
    if kind == 0:
        row.pop()
    elif kind == 1:
        row.append("")
    elif kind == 2:
        row[_LABEL] = "2"
    elif kind == 3:
        row[_AVG_PRICE] = "free"
    elif kind == 4:
        row[_HOURS] = "24"
    else:
        row[_GEOHASH_12] = "\udcff\udcfe"
    return ",".join(row).encode(errors="surrogateescape") + b"\n"


def _damage(directory, next_part):
    part, archive = directory / "D1_0.csv", directory / "D1_0.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        # Of a fixed date, so that the same call gives the same bytes.
        file.writestr(
            zipfile.ZipInfo(part.name), part.read_bytes(), zipfile.ZIP_DEFLATED
        )
    data = archive.read_bytes()
    archive.write_bytes(data[: int(len(data) * _KEPT_OF_CUT)])
    part.unlink()
    (directory / f"D2_{next_part}.csv").touch()
