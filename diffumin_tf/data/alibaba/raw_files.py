"""A synthetic world as the raw files of Tianchi 56, quirks included."""

import os
import shutil

import duckdb
import numpy as np

from diffumin_tf.data.alibaba.columns import BTAGS, PROFILE
from diffumin_tf.data.alibaba_world import AlibabaWorld
from diffumin_tf.data.logs.sql import identifier, literal
from diffumin_tf.data.new_directory import new_directory

NUM_USERS = 1_141_729  # Of the real data.
_BEHAVIOURS_AT_ONCE = 1_000_000
_REPEATED = 0.02
_BRAND = "CASE brand WHEN 0 THEN 'NULL' ELSE brand::VARCHAR END AS brand"
_PID = "CASE pid WHEN 0 THEN '430539_1007' ELSE '430548_1007' END AS pid"
_SELECT = {
    "raw_sample": 'user AS "user", time AS time_stamp, adgroup AS adgroup_id, '
    f"{_PID}, 1 - clk AS nonclk, clk",
    "behavior_log": 'user AS "user", time AS time_stamp, '
    f"{literal(BTAGS)}[btag] AS btag, cate, {_BRAND}",
    # The last column's name ends in a space.
    "user_profile": ", ".join(
        ["user AS userid"]
        + [f"nullif({n}::VARCHAR, '') AS {identifier(n)}" for n in PROFILE[:-1]]
        + [f"nullif({PROFILE[-1]}::VARCHAR, '') AS {identifier(PROFILE[-1] + ' ')}"]
    ),
    "ad_feature": "adgroup AS adgroup_id, cate AS cate_id, campaign AS campaign_id, "
    f"customer, {_BRAND}, price",
}


def write_raw(output, scale, seed):
    """Writes the four files of a synthetic world, of the real ones' size times scale.

    The rows of behaviours are out of order and some are there twice; some users have
    no profile; brands are `NULL`, levels empty, and one column's name ends in a space.

    Args:
        output: New or empty directory.
        scale: Share of the real data's size: 1 is 27 million impressions.
        seed: Seed of the world.
    """
    if not 0 < scale:
        raise ValueError(f"scale must be above 0. Received: {scale}.")
    write_world(output, AlibabaWorld(max(1, round(scale * NUM_USERS)), seed))


def write_world(output, world):
    """Writes the four files of an `AlibabaWorld`.

    Args:
        output: New or empty directory.
        world: The world.
    """
    with new_directory(output) as draft, duckdb.connect() as connection:
        writer = _RawWriter(connection, draft)
        writer.append("ad_feature", world.ads)
        shuffle = np.random.default_rng([world.seed, 1])
        for rows in _chunks(world):
            for name, values in rows.items():
                order = shuffle.permutation(len(values["user"]))
                writer.append(name, {n: v[order] for n, v in values.items()})


class _RawWriter:
    """Appends arrays to CSV files, with their names in the first line."""

    def __init__(self, connection, directory):
        self._connection = connection
        self._directory = directory
        self._begun = set()

    def append(self, name, rows):
        part = f"{self._directory}/{name}.part"
        header = "false" if name in self._begun else "true"
        self._begun.add(name)
        self._connection.register("rows", rows)
        self._connection.execute(
            f"COPY (SELECT {_SELECT[name]} FROM rows) TO {literal(part)} "
            f"(FORMAT csv, HEADER {header})"
        )
        with (
            open(part, "rb") as source,
            open(f"{self._directory}/{name}.csv", "ab") as file,
        ):
            shutil.copyfileobj(source, file)
        os.remove(part)


def _chunks(world):
    """Yields the rows of some users after the other: file to name to array."""
    chunk, count = [], 0
    for number in range(world.num_users):
        chunk.append(_rows(world, number))
        count += len(chunk[-1]["behavior_log"]["user"])
        if count >= _BEHAVIOURS_AT_ONCE or number == world.num_users - 1:
            print(f"make_raw: {number + 1} of {world.num_users} users", flush=True)
            yield {name: _joined([rows[name] for rows in chunk]) for name in chunk[0]}
            chunk, count = [], 0


def _joined(rows):
    return {name: np.concatenate([r[name] for r in rows]) for name in rows[0]}


def _rows(world, number):
    """A user's rows of each file."""
    profile, behaviours, impressions = world.raw_user(number)
    shown = {name: impressions[name] for name in ("time", "pid")}
    shown["clk"] = impressions["clk"].astype(np.int64)
    shown["adgroup"] = impressions["ad"] + 1
    repeated = np.arange(len(behaviours["time"]))
    twice = np.random.default_rng([world.seed, 2, number]).random(len(repeated))
    repeated = np.r_[repeated, repeated[twice < _REPEATED]]
    described = [] if profile is None else [profile]
    return {
        "raw_sample": _with_user(shown, number),
        "behavior_log": _with_user(
            {name: values[repeated] for name, values in behaviours.items()}, number
        ),
        "user_profile": _with_user(
            {
                name: np.array([row[name] for row in described], object)
                for name in PROFILE
            },
            number,
        ),
    }


def _with_user(rows, number):
    (length,) = {len(values) for values in rows.values()}
    return {"user": np.full(length, number + 1), **rows}
