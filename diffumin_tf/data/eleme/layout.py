"""The columns of Ele.me's raw parts, and the tables that their ids go to."""

import tensorflow as tf

from diffumin_tf.data import eleme_columns
from diffumin_tf.data.hashing import hash_buckets

COLUMNS = (
    *("label", "user_id", "gender", "visit_city", "avg_price", "is_supervip"),
    *("ctr_30", "ord_30", "total_amt_30", "shop_id", "item_id", "city_id"),
    *("district_id", "shop_aoi_id", "shop_geohash_6", "shop_geohash_12", "brand_id"),
    *("category_1_id", "merge_standard_food_id", "rank_7", "rank_30", "rank_90"),
    *("shop_id_list", "item_id_list", "category_1_id_list"),
    *("merge_standard_food_id_list", "brand_id_list", "price_list"),
    *("shop_aoi_id_list", "shop_geohash6_list", "timediff_list", "hours_list"),
    *("time_type_list", "weekdays_list", "times", "hours", "time_type", "weekdays"),
    "geohash12",
)
# Of the 14.4 M users and 7.4 M items of the paper the next power of two; of the others
# nothing is told, and they have room.
_SIZES = {
    "user_id": 1 << 24,
    "item_id": 1 << 23,
    "shop_id": 1 << 21,
    "geohash_12": 1 << 22,
    "shop_geohash_6": 1 << 18,
    "shop_aoi_id": 1 << 18,
    "brand_id": 1 << 18,
    "times": 1 << 17,
    "merge_standard_food_id": 1 << 16,
    **dict.fromkeys(("rank_7", "rank_30", "rank_90"), 1 << 16),
    **dict.fromkeys(("ctr_30", "ord_30", "district_id", "city_id"), 1 << 14),
    **dict.fromkeys(("category_1_id", "hours", "time_type", "weekdays"), 1 << 12),
    **dict.fromkeys(("gender", "is_supervip"), 1 << 12),
}


def features(max_table_size):
    """Returns the `FeatureSpec` of the records.

    Args:
        max_table_size: Most rows of a table.
    """
    sizes = {name: min(size, max_table_size) for name, size in _SIZES.items()}
    return eleme_columns.feature_spec(sizes)


def raw_name(field):
    """The name of the raw column that a `Field` or `DenseField` is made of."""
    short = field.name.partition("/")[2]
    return f"{short}_list" if field.role == "history" else short


def raw_place(name):
    """Where a raw column stands, from 0."""
    return COLUMNS.index(name)


def table_ids(texts, size):
    """The ids of raw values: 0 for an empty one, else 1 and its FarmHash bucket.

    A pure function of the text, so nothing has to be counted or kept beforehand, and
    whoever serves the model can compute it.

    Args:
        texts: String tensor.
        size: Of the table, the number of buckets.

    Returns:
        int64 array of the same shape.
    """
    ids = hash_buckets(texts, size) + 1
    return tf.where(tf.equal(texts, ""), tf.zeros_like(ids), ids).numpy()
