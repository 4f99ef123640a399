import json

import pytest

from diffumin_tf.data.released.data_struct import DataStruct
from diffumin_tf.data.released.released_column import ReleasedColumn
from tests.data.released.small_released import ELEME, NO_ELEME, STRUCT

NAMES = {
    "auxiliary_info": ["time"],
    "dense_feature": ["price"],
    "cat_feature": ["a", "x[0]", "x[1]", "b"],
}


def text(change=None):
    """A struct that holds, after a change to it."""
    types = {"auxiliary_info": "long", "dense_feature": "float", "cat_feature": "long"}
    config = {
        "features": {g: {"column": NAMES[g], "type": t} for g, t in types.items()},
        "totalFeatures": ["time", "price", "a", "x[0]", "x[1]", "b"],
        "label": {"column": ["label"], "type": "double"},
    }
    config = json.loads(json.dumps(config))
    if change:
        change(config)
    return json.dumps(config)


def columns(*names):
    """A change: other columns of ids, in both places."""

    def change(config):
        config["features"]["cat_feature"]["column"] = list(names)
        config["totalFeatures"] = ["time", "price", *names]

    return change


def test_places_of_values_and_lists():
    struct = DataStruct.from_json(text())
    assert struct.columns == {
        "time": ReleasedColumn("auxiliary_info", 0),
        "price": ReleasedColumn("dense_feature", 0),
        "a": ReleasedColumn("cat_feature", 0),
        "x": ReleasedColumn("cat_feature", 1, 2),
        "b": ReleasedColumn("cat_feature", 3),
    }
    assert struct.columns["x"].spelled("x") == "x[0..1]"


def test_what_is_written_reads_the_same():
    written = STRUCT.to_json()
    assert DataStruct.from_json(written) == STRUCT
    config = json.loads(written)
    assert config["totalFeatures"][:3] == ["time_stamp", "price", "user_id"]
    assert config["label"] == {"column": ["label"], "type": "double"}
    no_numbers = DataStruct(("a",))
    assert DataStruct.from_json(no_numbers.to_json()) == no_numbers


@pytest.mark.skipif(not ELEME.exists(), reason=NO_ELEME)
def test_the_released_file():
    released = ELEME.read_text()
    struct = DataStruct.from_json(released, str(ELEME))
    assert json.loads(struct.to_json()) == json.loads(released)
    assert len(struct.cat_feature) == 574 and len(struct.dense_feature) == 52
    # 24 single values, then 11 lists of 50 each.
    assert struct.columns["weekdays_list"] == ReleasedColumn("cat_feature", 524, 50)
    assert struct.columns["price_list"] == ReleasedColumn("dense_feature", 2, 50)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.pop("label"), r"no \['label'\], unknown \[\]"),
        (lambda c: c.update(more=1), r"no \[\], unknown \['more'\]"),
        (lambda c: c["features"].pop("dense_feature"), r"no \['dense_feature'\]"),
        (lambda c: c["features"].update(x={}), r"features must.*unknown \['x'\]"),
        (lambda c: c.update(features=[]), r"features must be a JSON object.*\[\]"),
        (
            lambda c: c["features"]["cat_feature"].update(type="float"),
            "type must be 'long'. Received: 'float' in cat_feature",
        ),
        (
            lambda c: c["label"].update(type="long"),
            "'double' or 'float'. Received: 'long' in label",
        ),
        (lambda c: c["label"].update(column=["a", "b"]), "label must be one column"),
        (lambda c: c["label"].update(column=["b"]), "label's name.*'b' in cat_feat"),
        (lambda c: c["label"].update(column="label"), "must be a list.*'label' in lab"),
        (columns("a", 3), "must be a name. Received: 3 at place 1 of cat_feature"),
        (columns("a", "x", "a"), "must be there once.*'a' in cat_feature beside 'a'"),
        (columns("price"), "'price' in cat_feature beside 'price' in dense_feature"),
        (columns("x", "x[0]"), r"'x\[0\]' in cat_feature beside 'x'"),
        (columns("x[0]", "x[2]"), r"count up.*'x\[2\]'.*after 'x\[0\]'"),
        (columns("x[0]", "x[1]", "x[1]"), r"side by side.*'x\[1\]'.*after 'x\[1\]'"),
        (columns("x[0]", "a", "x[1]"), r"side by side.*'x\[1\]'.*after 'a'"),
        (columns("x[1]"), r"count up from \[0\].*'x\[1\]'"),
        (lambda c: c["totalFeatures"].pop(), r"totalFeatures.*no \['b'\]"),
        (lambda c: c["totalFeatures"].append("q"), r"totalFeatures.*unknown \['q'\]"),
        (lambda c: c["totalFeatures"].append("b"), r"a column once.*\['b'\]"),
    ],
)
def test_error_names_file_and_column(change, message):
    with pytest.raises(ValueError, match=f"^here.json: .*({message})"):
        DataStruct.from_json(text(change), "here.json")


def test_error_not_json():
    with pytest.raises(ValueError, match="^here.json: "):
        DataStruct.from_json("{", "here.json")
