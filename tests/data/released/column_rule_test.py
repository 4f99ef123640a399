import dataclasses

import pytest

from diffumin_tf.data.released.column_rule import map_of_struct, released_names
from diffumin_tf.data.released.data_struct import DataStruct
from tests.data.released.small_released import ELEME, NO_ELEME, SCHEMA


def _lists(*names):
    return [f"{name}[{i}]" for name in names for i in range(3)]


def test_lists_belong_to_the_columns_that_begin_with_target():
    # As the released code for Mix5k names them.
    targets = ["target_poi", "target_third_id", "target_aor_id"]
    lists = _lists("item_id_list", "third_id_list", "aor_id_list")
    assert map_of_struct(DataStruct([*targets, *lists, "city"])).columns == {
        "history/poi": "item_id_list",
        "history/third_id": "third_id_list",
        "history/aor_id": "aor_id_list",
        "target/poi": "target_poi",
        "target/third_id": "target_third_id",
        "target/aor_id": "target_aor_id",
    }


def test_two_lists_left_over_are_not_guessed():
    struct = DataStruct(["target_a", "target_b", *_lists("a_list", "c_list", "d_list")])
    assert map_of_struct(struct).columns == {
        "history/a": "a_list",
        "target/a": "target_a",
        "target/b": "target_b",
    }


@pytest.mark.skipif(not ELEME.exists(), reason=NO_ELEME)
def test_the_released_file():
    struct = DataStruct.from_json(ELEME.read_text())
    column_map = map_of_struct(struct)
    pairs = "shop_id item_id shop_aoi_id brand_id category_1_id merge_standard_food_id"
    pairs = f"{pairs} hours time_type weekdays".split()
    assert {n: c for n, c in column_map.columns.items() if "_list" in c} == {
        f"history/{name}": f"{name}_list" for name in pairs
    }
    assert column_map.columns["user_key"] == "user_id"
    assert column_map.columns["impression_time"] == "time_stamp"
    left = column_map.not_taken(struct)
    assert "price_list[0..49]" in left and "geohash12" in left
    assert len(left) == 39 - 2 * len(pairs) - 2


def test_error_nothing_belongs_together():
    struct = DataStruct(["a", *_lists("b_list")])
    with pytest.raises(ValueError, match=r"x_list\[0\].*Received: none, and \['a', "):
        map_of_struct(struct)


def test_names_of_a_schema():
    names = released_names(SCHEMA, {"history/item": "item_id_list"})
    assert names == {
        "user_number": "user_number",
        "user_key": "user_key",
        "impression_time": "impression_time",
        "history_length": "history_length",
        "history_time": "history_time_list",
        "split": "split",
        "history/item": "item_id_list",
        "target/item": "target_item",
        "history/shop": "shop_list",
        "target/shop": "target_shop",
        "user/shop_most": "shop_most",
        "context/price": "price",
        "user/x": "x",
        "weight": "weight",
        "truth": "truth",
    }


def test_one_name_that_is_given_to_two_columns():
    given = {"user/shop_most": "shop", "target/shop": "shop"}
    names = released_names(SCHEMA, given)
    assert names["user/shop_most"] == names["target/shop"] == "shop"


@pytest.mark.parametrize(
    ("extra", "given", "message"),
    [
        (("price",), {}, "'price' for context/price and price"),
        ((), {"target/item": "label"}, "'label' for target/item"),
        ((), {"user/x": "price"}, "'price' for context/price and user/x"),
        ((), {"target/y": "y"}, r"columns of the schema.*\['target/y'\]"),
    ],
)
def test_error_names_collide(extra, given, message):
    schema = dataclasses.replace(SCHEMA, extra=extra)
    with pytest.raises(ValueError, match=message):
        released_names(schema, given)
