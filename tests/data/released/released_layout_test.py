import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.data.released.released_layout import ReleasedLayout
from diffumin_tf.data.schema import Schema
from diffumin_tf.features import FeatureSpec, Field, Table

_USER = {
    "user_key": np.array([-3]),
    "history/shop": np.array([11, 12, 13, 14]),
    "history_time": np.array([1, 2, 3, 4]),
    "target/shop": np.array([5, 6]),
    "context/shop_before": np.array([5, 6]),
    "impression_time": np.array([2, 9]),
    "history_length": np.array([1, 4]),
    "label": np.array([1, 0], np.float32),
    "weight": np.array([0.5, 2], np.float32),
}


def _schema(dtype="int64"):
    names = ("history/shop", "target/shop", "context/shop_before")
    fields = [Field(name, "shop", name.partition("/")[0], dtype) for name in names]
    features = FeatureSpec((Table("shop", "hashed", 9),), fields)
    return Schema(features, {"train": (0, 10)}, 1, ("weight",))


def _values(record):
    features = tf.train.Example.FromString(record).features.feature
    return {
        name: list(getattr(feature, feature.WhichOneof("kind")).value)
        for name, feature in features.items()
    }


def test_records_hold_the_latest_behaviours_first():
    layout = ReleasedLayout(_schema(), 3)
    lists = ["shop_list[0]", "shop_list[1]", "shop_list[2]"]
    assert layout.struct.cat_feature == ("target_shop", "shop_before", *lists)
    assert layout.struct.auxiliary_info == (
        *("user_number", "user_key", "impression_time", "history_length"),
        *("history_time_list[0]", "history_time_list[1]", "history_time_list[2]"),
    )
    first, second = map(_values, layout.records(_USER, 8))
    assert first == {
        "label": [1],
        "cat_feature": [5, 5, 11, 0, 0],
        "dense_feature": [0.5],
        "auxiliary_info": [8, -3, 2, 1, 1, 0, 0],
    }
    assert second == {
        "label": [0],
        "cat_feature": [6, 6, 14, 13, 12],
        "dense_feature": [2],
        "auxiliary_info": [8, -3, 9, 4, 4, 3, 2],
    }


def test_equal_columns_may_be_one():
    given = {"context/shop_before": "shop_id", "target/shop": "shop_id"}
    layout = ReleasedLayout(_schema(), 1, given)
    assert layout.struct.cat_feature == ("shop_id", "shop_list[0]")
    first, _ = map(_values, layout.records(_USER, 0))
    assert first["cat_feature"] == [5, 11]
    other = _USER | {"context/shop_before": np.array([5, 7])}
    with pytest.raises(ValueError, match="target/shop and context/.* in user number 4"):
        list(layout.records(other, 4))


def test_error_text():
    with pytest.raises(ValueError, match="no text. Received: field target/shop of"):
        ReleasedLayout(_schema("string"), 3)


def test_error_sequence_length():
    with pytest.raises(ValueError, match="sequence_length must be at least 1.*: 0"):
        ReleasedLayout(_schema(), 0)
