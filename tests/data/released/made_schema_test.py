import pytest

from diffumin_tf.data.released.column_map import ColumnMap
from diffumin_tf.data.released.data_struct import DataStruct
from diffumin_tf.data.released.made_schema import check_columns, make_schema
from diffumin_tf.data.schema import Schema
from diffumin_tf.features import DenseField, FeatureSpec, Field, Table
from tests.data.released.small_released import STRUCT

_COLUMNS = {
    "history/shop": "shop_id_list",
    "target/shop": "shop_id",
    "user/price": "price",
    "context/price": "price",
    "user/id": "user_id",
}


def test_fields_of_one_short_name_share_a_table():
    column_map = ColumnMap(_COLUMNS, table_sizes={"id": 30})
    schema = make_schema(column_map, STRUCT, 5, (3, 8))
    assert schema == Schema(
        FeatureSpec(
            (Table("shop", "hashed", 2**20), Table("id", "hashed", 30)),
            (
                Field("history/shop", "shop", "history"),
                Field("target/shop", "shop", "target"),
                Field("user/id", "id", "user"),
            ),
            (DenseField("user/price", "user"), DenseField("context/price", "context")),
        ),
        splits={"train": (3, 8)},
        num_users=5,
    )
    check_columns(column_map, STRUCT, schema)


def test_given_splits_win():
    splits = {"train": [0, 5], "test": [5, 9]}
    schema = make_schema(ColumnMap(_COLUMNS, splits=splits), STRUCT, 5, (3, 8))
    assert schema.splits == {"train": (0, 5), "test": (5, 9)}


def test_error_table_size_of_no_table():
    column_map = ColumnMap(_COLUMNS, table_sizes={"shops": 30})
    with pytest.raises(ValueError, match=r"tables \['shop', 'id'\].*\['shops'\]"):
        make_schema(column_map, STRUCT, 5, (3, 8))


def _schema(dtype="int64"):
    fields = (("history/a", "history"), ("target/a", "target"))
    fields = [Field(name, "a", role, dtype) for name, role in fields]
    return Schema(FeatureSpec((Table("a", "hashed", 3),), fields), {}, 0, ("weight",))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"history/a": "shop_id"}, "from a list.*shop_id for history/a"),
        ({"target/a": "shop_id_list"}, r"shop_id_list\[0..1\] for target/a"),
        ({"target/a": "price"}, "price of dense_feature for target/a"),
        ({"weight": "shop_id"}, "shop_id of cat_feature for weight"),
        ({"weight": None}, r"no \['weight'\], unknown \[\]"),
        ({"label": "price"}, r"no \[\], unknown \['label'\]"),
        ({"user/b": "shop_id"}, r"no \[\], unknown \['user/b'\]"),
    ],
)
def test_error_column_of_the_wrong_kind(change, message):
    columns = {"history/a": "shop_id_list", "target/a": "shop_id", "weight": "price"}
    columns = {n: c for n, c in (columns | change).items() if c is not None}
    with pytest.raises(ValueError, match=message):
        check_columns(ColumnMap(columns), STRUCT, _schema())


def test_error_text():
    columns = {"history/a": "shop_id_list", "target/a": "shop_id", "weight": "price"}
    with pytest.raises(ValueError, match="no text. Received: history/a of type string"):
        check_columns(ColumnMap(columns), STRUCT, _schema("string"))


def test_error_lists_of_different_lengths():
    struct = DataStruct(["x", "a[0]", "a[1]", "b[0]"])
    columns = {"history/a": "a", "target/a": "x", "history/b": "b", "target/b": "x"}
    schema = make_schema(ColumnMap(columns), struct, 1, (0, 1))
    with pytest.raises(ValueError, match=r"equally long. Received: a\[0..1\], b\[0..0"):
        check_columns(ColumnMap(columns), struct, schema)
