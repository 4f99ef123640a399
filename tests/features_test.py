"""Tests of the feature spec: the layout of rows, and what it refuses."""

import json

import pytest

from diffumin_tf.features import DenseField, FeatureSpec, Field, Table

TABLES = [
    Table("poi", "dense", 10),
    Table("brand", "hashed", 4),
    Table("city", "vocabulary", 2, ("paris", "rome")),
]
FIELDS = [
    Field("user/city", "city", "user", "string"),
    Field("history/poi", "poi", "history"),
    Field("history/brand", "brand", "history"),
    Field("target/brand", "brand", "target"),
    Field("target/last_poi", "poi", "target"),
    Field("target/poi", "poi", "target"),
]


def make_spec(tables=TABLES, fields=FIELDS, dense_fields=()):
    return FeatureSpec(tables, fields, dense_fields)


def names(entries):
    return [entry.name for entry in entries]


def test_blocks_follow_the_padding_row_in_table_order():
    spec = make_spec()
    # padding 0; poi 1..12; brand 13..18; city 19..22
    assert [spec.offset(name) for name in ("poi", "brand", "city")] == [1, 13, 19]
    assert spec.num_rows == 23


def test_target_fields_pair_with_history_fields_by_table_then_by_short_name():
    spec = make_spec()
    assert names(spec.history_fields) == ["history/poi", "history/brand"]
    assert names(spec.target_fields) == ["target/poi", "target/brand"]
    assert names(spec.other_fields) == ["target/last_poi", "user/city"]


def test_a_history_field_takes_the_only_target_of_its_table_whatever_its_name():
    spec = make_spec(fields=[FIELDS[1], FIELDS[4]])
    assert names(spec.target_fields) == ["target/last_poi"]
    assert spec.other_fields == ()


def test_survives_json():
    spec = make_spec(dense_fields=[DenseField("context/price", "context")])
    config = json.loads(json.dumps(spec.to_dict()))
    assert FeatureSpec.from_dict(config) == spec
    assert config["tables"][2]["vocabulary"] == ["paris", "rome"]


def test_a_vocabulary_of_integers_takes_integers_and_survives_json():
    tables = [Table("poi", "vocabulary", 3, (12, 7, 2**40)), *TABLES[1:]]
    spec = make_spec(tables)
    assert spec.table("poi").dtype == "int64"
    assert FeatureSpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec
    words = [Table("poi", "vocabulary", 1, ("x",)), *TABLES[1:]]
    with pytest.raises(ValueError, match="'int64' in field 'history/poi'.*'string'"):
        make_spec(words)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Table("poi", "sparse", 3), "kind must be.*'sparse'.*'poi'"),
        (lambda: Table("poi", "dense", 0), "size must be at least 1.*size=0.*'poi'"),
        (lambda: Table("c", "vocabulary", 2, ("a", "a")), "2 entries, 1 different"),
        (lambda: Table("c", "vocabulary", 2, ("a", "")), "2 entries, 1 different"),
        (lambda: Table("c", "vocabulary", 2, (1, 0)), "2 entries, 1 different"),
        (lambda: Table("c", "vocabulary", 2, (True, 2)), "2 entries, 1 different"),
        (lambda: Table("c", "vocabulary", 2, (1, "a")), "or integers, not both"),
        (lambda: Table("c", "dense", 1, ("a",)), "none in another"),
        (lambda: Field("history/poi", "poi", "past"), "role must be.*'past'"),
        (lambda: Field("poi", "poi", "target"), "name must be '<role>.*'poi'"),
        (lambda: Field("target/poi", "poi", "target", "float32"), "dtype must be"),
        (lambda: DenseField("history/price", "history"), "role must be.*'history'"),
        (lambda: make_spec(tables=TABLES * 2), r"unique.*\['brand', 'city', 'poi'\]"),
        (lambda: make_spec(fields=FIELDS * 2), "field names must be unique"),
        (lambda: make_spec(tables=TABLES[:2]), "table must be one of.*'city'"),
        (lambda: make_spec(fields=FIELDS[3:]), "must hold a history field"),
        (lambda: make_spec(fields=FIELDS[:4]), "'history/poi'.*without one"),
        (
            lambda: make_spec(TABLES + [Table("x", "hashed", 2**31)]),
            "at most 2147483647 rows",
        ),
        (
            lambda: make_spec(fields=FIELDS + [Field("user/c", "city", "user")]),
            "takes 'string'",
        ),
        (
            lambda: make_spec(
                fields=FIELDS + [Field("user/b", "brand", "user", "string")]
            ),
            "dtype='string' in field 'user/b'.*takes 'int64'",
        ),
    ],
)
def test_error_names_the_entry(build, message):
    with pytest.raises(ValueError, match=message):
        build()


def test_error_on_unknown_and_on_missing_keys():
    config = make_spec().to_dict()
    with pytest.raises(ValueError, match=r"unknown keys \['weights'\]"):
        FeatureSpec.from_dict({**config, "weights": []})
    config["fields"][0].pop("table")
    with pytest.raises(ValueError, match=r"missing keys \['table'\] in Field entry"):
        FeatureSpec.from_dict(config)
