import json

import pytest

from diffumin_tf.data.schema import Column, Schema
from diffumin_tf.features import DenseField, FeatureSpec, Field, Table


def _schema(**changes):
    features = FeatureSpec(
        tables=(Table("item", "dense", 9), Table("city", "hashed", 5)),
        fields=(
            Field("history/item", "item", "history"),
            Field("target/item", "item", "target"),
            Field("user/city", "city", "user", "string"),
        ),
        dense_fields=(DenseField("context/price", "context"),),
    )
    arguments = {
        "features": features,
        "splits": {"train": (0, 10), "test": (10, 20)},
        "num_users": 3,
        "extra": ("weight",),
    }
    return Schema(**{**arguments, **changes})


def test_columns_have_the_axis_of_their_role():
    columns = _schema().columns
    assert columns["user_key"] == Column("user", "int64")
    assert columns["history_time"] == Column("history", "int64")
    assert columns["history_length"] == Column("impression", "int64")
    assert columns["label"] == Column("impression", "float32")
    assert columns["history/item"] == Column("history", "int64")
    assert columns["target/item"] == Column("impression", "int64")
    assert columns["user/city"] == Column("user", "string")
    assert columns["context/price"] == Column("impression", "float32")
    assert columns["weight"] == Column("impression", "float32")


def test_json_round_trip():
    schema = _schema(world={"seed": 4})
    assert Schema.from_json(schema.to_json()) == schema
    assert "world" not in json.loads(_schema().to_json())


def test_users_split_by_themselves_have_a_split_for_each_impression():
    schema = _schema(split_by_user=True)
    assert schema.columns["split"] == Column("impression", "int64")
    assert Schema.from_json(schema.to_json()) == schema
    assert "split" not in _schema().columns
    assert "split_by_user" not in json.loads(_schema().to_json())


def test_split():
    assert _schema().split("test") == (10, 20)
    with pytest.raises(ValueError, match="split must be one of.*Received: 'dev'"):
        _schema().split("dev")


@pytest.mark.parametrize("span", [(3, 3), (1, 2, 3), 5, (0.5, 2)])
def test_error_split_is_no_span(span):
    with pytest.raises(ValueError, match=r"start < end.*splits\['dev'\]"):
        _schema(splits={"dev": span})


def test_error_negative_number_of_users():
    with pytest.raises(ValueError, match="num_users must not be negative.*-1"):
        _schema(num_users=-1)


@pytest.mark.parametrize("extra", [("label",), ("a", "a"), ("context/price",)])
def test_error_extra_repeats_a_column(extra):
    with pytest.raises(ValueError, match="extra must hold names"):
        _schema(extra=extra)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"num_users": "3"}, "num_users must be of type int. Received: '3'"),
        ({"splits": [1]}, "splits must be of type dict"),
        ({"version": 2}, "format and version must be.*2"),
        ({"colour": 1}, r"unknown keys \['colour'\]"),
        ({"features": {"tables": []}}, r"missing keys \['fields'\]"),
        ({"features": {"tables": 3, "fields": []}}, "tables must be of type list.*3"),
        ({"features": {"tables": [3], "fields": []}}, "entry must be of type dict"),
        ({"num_users": True}, "num_users must.*True"),
        ({"num_users": 2**63}, "num_users must.*9223372036854775808"),
        ({"splits": {"train": [0, 2**64]}}, "start < end.*18446744073709551616"),
        ({"extra": [7]}, "extra must hold names. Received: 7"),
    ],
)
def test_error_names_the_file_and_the_field(change, message):
    config = {**json.loads(_schema().to_json()), **change}
    with pytest.raises(ValueError, match=f"^some/schema.json: .*{message}"):
        Schema.from_json(json.dumps(config), "some/schema.json")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "Expecting"),
        ("[]", "JSON object"),
        ("{}", "no .'fea"),
        (b"\xff{}", "can't decode"),
        ("[" * 100_000, "recursion"),
    ],
)
def test_error_malformed_text(text, message):
    with pytest.raises(ValueError, match=f"^schema.json: .*{message}"):
        Schema.from_json(text)


@pytest.mark.parametrize(
    ("part", "change", "message"),
    [
        ("tables", {"size": 1.5}, "size must be of type int. Received: 1.5 in Table"),
        ("tables", {"size": True}, "size must be of type int"),
        ("tables", {"name": ["item"]}, "name must be of type str"),
        ("tables", {"vocabulary": "ab"}, "vocabulary must be of type list.*'ab'"),
        ("fields", {"name": 4}, "name must be of type str. Received: 4 in Field"),
        ("dense_fields", {"name": None}, "name must be of type str.*None in Dense"),
    ],
)
def test_error_type_of_an_entry(part, change, message):
    config = json.loads(_schema().to_json())
    config["features"][part][0].update(change)
    with pytest.raises(ValueError, match=f"^schema.json: {message}"):
        Schema.from_json(json.dumps(config))
