"""Tests of what tells two feature specs apart: each case makes ids mean otherwise."""

import pytest

from diffumin_tf.feature_difference import feature_difference
from diffumin_tf.features import DenseField, FeatureSpec, Field, Table

POI, BRAND = Table("poi", "dense", 9), Table("brand", "hashed", 4)
CITY = Table("city", "vocabulary", 3, ("paris", "rome", "oslo"))
HISTORY = Field("history/poi", "poi", "history")
TARGET = Field("target/poi", "poi", "target")
OF_USER = Field("user/city", "city", "user", "string")
OF_BRAND = Field("target/brand", "brand", "target")
AGE, PRICE = DenseField("user/age", "user"), DenseField("context/price", "context")


def make_spec(
    tables=(POI, BRAND, CITY),
    fields=(HISTORY, TARGET, OF_USER, OF_BRAND),
    dense_fields=(AGE, PRICE),
):
    return FeatureSpec(tables, fields, dense_fields)


def test_equal_specs_do_not_differ_also_after_a_file():
    assert feature_difference(make_spec(), make_spec()) is None
    read = FeatureSpec.from_dict(make_spec().to_dict())
    assert feature_difference(make_spec(), read) is None


@pytest.mark.parametrize(
    ("other", "difference"),
    [
        (
            {"tables": (BRAND, POI, CITY)},
            ("tables", "['poi', 'brand', 'city']", "['brand', 'poi', 'city']"),
        ),
        (
            {"tables": (Table("poi", "dense", 10), BRAND, CITY)},
            ("size of table 'poi'", "9", "10"),
        ),
        (
            {"tables": (POI, Table("brand", "dense", 4), CITY)},
            ("kind of table 'brand'", "'hashed'", "'dense'"),
        ),
        (
            {
                "tables": (
                    POI,
                    BRAND,
                    Table("city", "vocabulary", 3, ("paris", "oslo", "rome")),
                )
            },
            ("vocabulary[1] of table 'city'", "'rome'", "'oslo'"),
        ),
        (
            {"fields": (HISTORY, TARGET, OF_BRAND, OF_USER)},
            (
                "fields",
                "['history/poi', 'target/poi', 'user/city', 'target/brand']",
                "['history/poi', 'target/poi', 'target/brand', 'user/city']",
            ),
        ),
        (
            {
                "fields": (
                    HISTORY,
                    TARGET,
                    OF_USER,
                    Field("target/brand", "brand", "target", "string"),
                )
            },
            ("dtype of field 'target/brand'", "'int64'", "'string'"),
        ),
        (
            {
                "fields": (
                    HISTORY,
                    TARGET,
                    OF_USER,
                    Field("target/brand", "poi", "target"),
                )
            },
            ("table of field 'target/brand'", "'brand'", "'poi'"),
        ),
        (
            {"dense_fields": (AGE,)},
            ("dense fields", "['user/age', 'context/price']", "['user/age']"),
        ),
    ],
)
def test_the_first_difference_is_named_with_both_values(other, difference):
    assert feature_difference(make_spec(), make_spec(**other)) == difference
