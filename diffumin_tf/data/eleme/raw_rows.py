"""Rows in the layout of Tianchi 131047, of the users of an `ElemeWorld`."""

import numpy as np

from diffumin_tf.data import eleme_columns
from diffumin_tf.data.eleme.layout import COLUMNS
from diffumin_tf.data.eleme_world import HISTORY_LENGTH
from diffumin_tf.data.hashing import hash_buckets_numpy

_TIME_TYPES = ("", "breakfast", "lunch", "tea", "dinner", "night")
_GEOHASHES = {"shop_geohash_6": "w{:05d}", "shop_geohash_12": "wtw3{:08d}"}
_GEOHASHES["geohash12"] = _GEOHASHES["shop_geohash_12"]
_MAY_BE_EMPTY = ("visit_city", "brand_id")
_AMOUNTS = ("avg_price", "total_amt_30")
_CENTS = 5_000
_ODD_KINDS = 4
_READ_LISTS = ("shop_id", "item_id", "category_1_id", "shop_aoi_id", "hours")


def raw_rows(user, odd_list_one_in):
    """Yields the rows of a user's impressions, as lists of 39 texts.

    What the world calls missing is empty, or -99 for every other gender. Lists begin
    with the most recent behaviour.

    Args:
        user: What `ElemeWorld.user` returns.
        odd_list_one_in: One of so many rows has lists that are empty, begin with `;`
            or are of unequal length; 0 for none.
    """
    behaviours = _behaviour_texts(user)
    for number, time in enumerate(user["impression_time"]):
        end = user["history_length"][number]
        seen = slice(max(end - HISTORY_LENGTH, 0), end)
        lists = {name: texts[seen][::-1] for name, texts in behaviours.items()}
        gone = (time - user["history_time"][seen])[::-1]
        lists["timediff_list"] = [str(seconds) for seconds in gone]
        odd = hash_buckets_numpy(user["user_key"] + (number << 32), 1 << 30)[0]
        if odd_list_one_in and odd % odd_list_one_in == 0:
            _make_odd(lists, odd // odd_list_one_in)
        row = _impression_texts(user, number)
        row |= {name: ";".join(texts) for name, texts in lists.items()}
        yield [row[name] for name in COLUMNS]


def _behaviour_texts(user):
    """Name of the raw list to the texts of all behaviours, oldest first."""
    time, zero = user["history_time"], np.zeros(len(user["history_time"]), np.int64)
    ids = [user[f"history/{n}"] for n in ("shop_id", "item_id", "shop_aoi_id")]
    told = eleme_columns.target_columns(*ids)
    told |= eleme_columns.context_columns(
        {"user_key": user["user_key"], "impression_time": time, "context/hour": zero}
    )
    names = ("merge_standard_food_id", "brand_id", "shop_geohash_6")
    columns = {f"{name}_list": _texts(name, told[f"target/{name}"]) for name in names}
    columns["shop_geohash6_list"] = columns.pop("shop_geohash_6_list")
    for name in ("time_type", "weekdays"):
        columns[f"{name}_list"] = _texts(name, told[f"context/{name}"])
    cents = hash_buckets_numpy(user["history/item_id"], _CENTS)
    columns["price_list"] = [f"{price / 100:.2f}" for price in cents]
    read = {f"{n}_list": _texts(n, user[f"history/{n}"]) for n in _READ_LISTS}
    return columns | read


def _impression_texts(user, number):
    """Raw name to text, for what is not a list."""
    row = {"label": str(int(user["label"][number]))}
    for name, values in user.items():
        role, _, short = name.partition("/")
        if role in ("target", "context"):
            row[short] = _texts(short, values[number : number + 1])[0]
        elif role == "user":
            row[short] = _texts(short, values)[0]
    if row["gender"] == "0":
        row["gender"] = ("", "-99")[user["user_key"][0] % 2]
    return row


def _texts(name, values):
    """The texts of a raw column or list for the world's values."""
    if name in _AMOUNTS:
        return [repr(float(v)) for v in np.expm1(values.astype(np.float64))]
    if name in _GEOHASHES:
        return [_GEOHASHES[name].format(value) for value in values]
    if name == "time_type":
        return [_TIME_TYPES[value] for value in values]
    if name in ("hours", "is_supervip"):  # From 0.
        return [str(value - 1) if value else "" for value in values]
    may_be_empty = name in _MAY_BE_EMPTY
    return ["" if may_be_empty and not value else str(value) for value in values]


def _make_odd(lists, draw):
    """Spoils lists as the published ones are, in one of four ways."""
    name = f"{_READ_LISTS[draw // _ODD_KINDS % len(_READ_LISTS)]}_list"
    kind = draw % _ODD_KINDS
    if kind == 0:
        lists.update(dict.fromkeys(lists, []))
    elif kind == 1:  # It begins with `;`.
        lists[name] = ["", *lists[name][1:]]
    elif kind == 2:
        lists[name] = lists[name][: len(lists[name]) // 2]
    else:
        lists[name] = [*lists[name], ""]
