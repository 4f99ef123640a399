"""The columns of `ElemeWorld`, made of those of the industry world.

Ids count from 1, and 0 is no value. What is "hashed" is a fixed function of what it
is hashed from, the same in every world, and otherwise means nothing.
"""

import numpy as np

from diffumin_tf.data import industry_world_truth as truth
from diffumin_tf.data.hashing import hash_buckets_numpy
from diffumin_tf.features import DenseField, FeatureSpec, Field, Table

NUM_SHOPS = truth.NUM_AREAS * truth.NUM_TOPICS
_NUM_CITIES, _NUM_DISTRICTS = 10, 40
_PLACES_PER_AREA = 4
_NUM_BRANDS, _NUM_FOODS, _NUM_RANKS = 1_500, 1_000, 100
_ORDER_BUCKETS = 11
_ORDER_DAYS = 30
_MISSING_ONE_IN = 8
# Breakfast, lunch, tea, dinner, night: 1 to 5, by the hour of the day.
_TIME_TYPES = np.repeat([5, 1, 2, 3, 4, 5], [5, 5, 4, 3, 4, 3])
_SECONDS_PER_HOUR = 3_600
_THURSDAY = 3  # 1970-01-01, with Monday as 0.

_FIELDS = {
    "history": ("shop_id", "item_id", "category_1_id", "shop_aoi_id", "hours"),
    "target": (
        "shop_id",
        "item_id",
        "city_id",
        "district_id",
        "shop_aoi_id",
        "shop_geohash_6",
        "shop_geohash_12",
        "brand_id",
        "category_1_id",
        "merge_standard_food_id",
        "rank_7",
        "rank_30",
        "rank_90",
        "hours",
    ),
    "user": ("user_id", "gender", "visit_city", "is_supervip", "ctr_30", "ord_30"),
    "context": ("times", "hours", "time_type", "weekdays", "geohash12"),
}
_DENSE_FIELDS = ("user/avg_price", "user/total_amt_30")
# Tables called otherwise than their fields; all others carry the field's short name.
_TABLES = {
    "shop_geohash_12": "geohash_12",
    "geohash12": "geohash_12",
    "visit_city": "city_id",
}
_SIZES = {
    "shop_id": NUM_SHOPS,
    "item_id": truth.NUM_ITEMS,
    "category_1_id": truth.NUM_CATEGORIES,
    "shop_aoi_id": truth.NUM_AREAS,
    "hours": 24,
    "city_id": _NUM_CITIES,
    "district_id": _NUM_DISTRICTS,
    "shop_geohash_6": truth.NUM_AREAS * _PLACES_PER_AREA,
    "geohash_12": NUM_SHOPS,
    "brand_id": _NUM_BRANDS,
    "merge_standard_food_id": _NUM_FOODS,
    "rank_7": _NUM_RANKS,
    "rank_30": _NUM_RANKS,
    "rank_90": _NUM_RANKS,
    "gender": 2,
    "is_supervip": 2,
    "ctr_30": truth.NUM_SEGMENTS,
    "ord_30": _ORDER_BUCKETS,
    "times": 24,
    "time_type": 5,
    "weekdays": 7,
}


def features(num_users):
    """Returns the `FeatureSpec` of a world of so many users."""
    return feature_spec(_SIZES | {"user_id": num_users})


def feature_spec(sizes):
    """Returns Ele.me's columns as a `FeatureSpec` of tables of these sizes, by name."""
    return FeatureSpec(
        tables=tuple(Table(name, "dense", size) for name, size in sizes.items()),
        fields=tuple(
            Field(f"{role}/{name}", _TABLES.get(name, name), role)
            for role, names in _FIELDS.items()
            for name in names
        ),
        dense_fields=tuple(DenseField(name, "user") for name in _DENSE_FIELDS),
    )


def behaviour_columns(role, user, time):
    """The columns that a history and its targets share.

    Args:
        role: `"history"` or `"target"`.
        user: What `IndustryWorld.user` returns.
        time: `[n]`, seconds of the role's behaviours.

    Returns:
        Name to `[n]` int64.
    """
    category, area = user[f"{role}/third_id"], user[f"{role}/aor_id"]
    # A shop sells the things of one topic in one area.
    topic = (category - 1) // truth.CATEGORIES_PER_TOPIC
    return {
        f"{role}/shop_id": (area - 1) * truth.NUM_TOPICS + topic + 1,
        f"{role}/item_id": user[f"{role}/poi"],
        f"{role}/category_1_id": category,
        f"{role}/shop_aoi_id": area,
        f"{role}/hours": _hour(time) + 1,
    }


def target_columns(shop, item, area):
    """What is known of a shown item alone: functions of it, `[m]` int64 by name."""
    corner = hash_buckets_numpy(shop, _PLACES_PER_AREA)
    return {
        # A district lies in one city, for the number of cities divides theirs.
        "target/city_id": (area - 1) % _NUM_CITIES + 1,
        "target/district_id": (area - 1) % _NUM_DISTRICTS + 1,
        "target/shop_geohash_6": (area - 1) * _PLACES_PER_AREA + corner + 1,
        "target/shop_geohash_12": shop,
        "target/brand_id": _hashed_or_missing("brand_id", shop),
        **{
            f"target/{name}": _hashed(name, item)
            for name in ("merge_standard_food_id", "rank_7", "rank_30", "rank_90")
        },
    }


def user_columns(user, end):
    """What is known of a user, `[1]` by name.

    Args:
        user: What `IndustryWorld.user` returns.
        end: Seconds when the 30 days end whose orders are counted.
    """
    key, time = user["user_key"], user["history_time"]
    start = end - _ORDER_DAYS * truth.SECONDS_PER_DAY
    orders = np.searchsorted(time, end) - np.searchsorted(time, start)
    price = 10 + 90 * hash_buckets_numpy(key, 1_000) / 1_000
    return {
        "user/user_id": key,
        "user/gender": _hashed_or_missing("gender", key),
        "user/visit_city": _hashed_or_missing("city_id", key),
        "user/is_supervip": _hashed_or_missing("is_supervip", key),
        "user/ctr_30": user["user/segment"],
        # 1 for none, then by powers of two.
        "user/ord_30": np.array([min(int(orders).bit_length() + 1, _ORDER_BUCKETS)]),
        "user/avg_price": np.log1p(price).astype(np.float32),
        "user/total_amt_30": np.log1p(orders * price).astype(np.float32),
    }


def context_columns(user):
    """What is known of the occasion of each impression, `[m]` int64 by name."""
    time, hour = user["impression_time"], _hour(user["impression_time"])
    home = _hashed("geohash_12", user["user_key"])
    return {
        "context/times": user["context/hour"],
        "context/hours": hour + 1,
        "context/time_type": _TIME_TYPES[hour],
        "context/weekdays": (time // truth.SECONDS_PER_DAY + _THURSDAY) % 7 + 1,
        "context/geohash12": np.repeat(home, len(time)),
    }


def _hour(time):
    return time % truth.SECONDS_PER_DAY // _SECONDS_PER_HOUR


def _hashed(table, ids):
    """Ids of a table, from 1, that depend on `ids` and on the table."""
    return hash_buckets_numpy(_salted(table, ids), _SIZES[table]) + 1


def _hashed_or_missing(table, ids):
    missing = hash_buckets_numpy(~_salted(table, ids), _MISSING_ONE_IN) == 0
    return np.where(missing, 0, _hashed(table, ids))


def _salted(table, ids):
    return (list(_SIZES).index(table) << 32) + ids
