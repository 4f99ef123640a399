import tensorflow as tf

from diffumin_tf.data import eleme_columns
from diffumin_tf.data.eleme.layout import COLUMNS, features, raw_name, table_ids
from tests.data.eleme.small_parts import bucket


def test_columns_are_in_the_order_that_is_told():
    assert len(COLUMNS) == len(set(COLUMNS)) == 39
    for number, name in {
        1: "label",
        5: "avg_price",
        9: "total_amt_30",
        11: "item_id",
        23: "shop_id_list",
        29: "shop_aoi_id_list",
        30: "shop_geohash6_list",
        32: "hours_list",
        36: "hours",
        39: "geohash12",
    }.items():
        assert COLUMNS[number - 1] == name


def test_fields_are_the_world_s_and_all_raw():
    spec, world = features(1 << 22), eleme_columns.features(num_users=7)
    assert (spec.fields, spec.dense_fields) == (world.fields, world.dense_fields)
    for field in spec.fields + spec.dense_fields:
        assert raw_name(field) in COLUMNS


def test_sizes_of_tables_are_capped():
    sizes = {table.name: table.size for table in features(1 << 22).tables}
    assert (sizes["user_id"], sizes["shop_id"]) == (1 << 22, 1 << 21)
    assert {table.size for table in features(1 << 10).tables} == {1 << 10}


def test_ids_are_buckets_from_1_and_empty_is_none():
    texts = ["7", "", "wtw3", "\u9999"]
    wanted = [
        bucket("7", 100) + 1,
        0,
        bucket("wtw3", 100) + 1,
        bucket("\u9999", 100) + 1,
    ]
    assert table_ids(tf.constant(texts), 100).tolist() == wanted


def test_the_few_known_values_do_not_share_a_row():
    times = ["lunch", "night", "dinner", "tea", "breakfast"]
    hours = [str(hour) for hour in range(24)]
    for name, texts in {
        "time_type": times,
        "hours": hours,
        "weekdays": hours[:8],
        "gender": hours[1:3],
        "is_supervip": hours[:2],
    }.items():
        ids = table_ids(tf.constant(texts), features(1 << 22).table(name).size)
        assert len(set(ids.tolist())) == len(texts)
