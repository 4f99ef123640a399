import json

import pytest

from diffumin_tf.data.released.column_map import WAY_BACK, ColumnMap
from tests.data.released.small_released import SCHEMA, STRUCT

_COLUMNS = {"history/shop": "shop_id_list", "target/shop": "shop_id"}
_BACK = {name: name for name in WAY_BACK}


@pytest.mark.parametrize(
    "column_map",
    [
        ColumnMap(_COLUMNS, table_sizes={"shop": 8}, splits={"train": (0, 9)}),
        ColumnMap(_COLUMNS | _BACK, SCHEMA, num_impressions=5),
        ColumnMap(_COLUMNS),
    ],
)
def test_what_is_written_reads_the_same(column_map):
    found = ColumnMap.from_json(column_map.to_json())
    assert found.columns == column_map.columns and found.schema == column_map.schema
    assert json.loads(found.to_json()) == json.loads(column_map.to_json())


def test_users_are_told_by_all_columns_of_the_way_back():
    assert ColumnMap(_COLUMNS | _BACK, SCHEMA).tells_users
    assert not ColumnMap(_COLUMNS, SCHEMA).tells_users


def test_columns_not_taken_are_listed():
    column_map = ColumnMap({"target/shop": "shop_id", "user_key": "user_id"})
    expected = ["time_stamp", "price", "shop_id_list[0..1]"]
    assert column_map.not_taken(STRUCT) == expected


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ([], "JSON object with `columns`"),
        ({"columns": []}, "JSON object with `columns`"),
        ({"columns": {}, "tables": 1}, r"Received: \['tables'\]"),
        ({"columns": {"user/a": 3}}, "Received: 3 for user/a"),
        ({"columns": {}, "splits": []}, r"splits must be of type dict.*\[\]"),
        ({"columns": {}, "num_impressions": True}, "must be of type int.*True"),
        ({"columns": {}, "table_sizes": {"a": "b"}}, "integers. Received: 'b' for 'a'"),
        ({"columns": {}, "schema": {}}, "schema.json: keys must be complete"),
        (
            {"columns": {"user_number": "u"}},
            r"columns with user_number must have all of.*no \['history_length', ",
        ),
        ({"columns": _BACK}, "and a schema. Received: no schema"),
        (
            {
                "columns": {},
                "schema": json.loads(SCHEMA.to_json()),
                "table_sizes": {"shop": 1},
            },
            "for a schema that is made",
        ),
    ],
)
def test_error_names_the_file(config, message):
    with pytest.raises(ValueError, match=f"^here.json: .*{message}"):
        ColumnMap.from_json(json.dumps(config), "here.json")


def test_error_column_that_the_struct_lacks():
    with pytest.raises(ValueError, match="data_struct.json.*'shop_list' for target/x"):
        ColumnMap({"target/x": "shop_list"}).check(STRUCT)
