import dataclasses

import numpy as np
import pytest

from diffumin_tf.data.schema import Schema
from diffumin_tf.data.user_check import check_user
from diffumin_tf.features import FeatureSpec, Field, Table

_SCHEMA = Schema(
    features=FeatureSpec(
        tables=(Table("item", "dense", 9), Table("city", "hashed", 5)),
        fields=(
            Field("history/item", "item", "history"),
            Field("target/item", "item", "target"),
            Field("user/city", "city", "user", "string"),
        ),
    ),
    splits={"train": (0, 100)},
    num_users=1,
    extra=("weight",),
)


def _user(**changes):
    user = {
        "user_key": np.array([7]),
        "user/city": np.array(["Rome"]),
        "history/item": np.array([1, 9, 0]),
        "history_time": np.array([10, 20, 20]),
        "target/item": np.array([3, 4]),
        "impression_time": np.array([20, 30]),
        "history_length": np.array([2, 3]),
        "label": np.array([0.0, 1.0]),
        "weight": np.array([1.0, 0.0]),
    }
    return {**user, **{key.replace("__", "/"): value for key, value in changes.items()}}


def test_accepts_ties_empty_histories_and_users_without_impressions():
    check_user(_user(), _SCHEMA, "here")
    no_history = {
        "history__item": np.array([]),
        "history_time": np.array([]),
        "history_length": np.array([0, 0]),
    }
    check_user(_user(**no_history), _SCHEMA, "here")
    impressions = ("impression_time", "history_length", "label", "weight")
    nothing = {name: np.array([]) for name in (*impressions, "target__item")}
    check_user(_user(**nothing), _SCHEMA, "here")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"colour": np.array([1])}, r"unknown \['colour'\]"),
        ({"label": np.array([[0.0], [1.0]])}, r"label must be 1-D.*shape=\(2, 1\)"),
        ({"target__item": np.array([1.0, 2.0])}, "target/item must be 1-D of int64"),
        ({"history__item": np.array([1])}, "history/item must have 3 values.*: 1"),
        ({"label": np.array([1.0])}, "label must have 2 values"),
        ({"user_key": np.array([1, 2])}, "user_key must have 1 values"),
        ({"target__item": np.array([-1, 2])}, "negative.*-1 in target/item"),
        ({"history__item": np.array([1, 10, 1])}, "'item' must be at most 9.*10"),
        ({"label": np.array([0.0, 0.5])}, "label must be 0 or 1.*0.5"),
        ({"label": np.array([0.0, np.nan])}, "label must be 0 or 1.*nan"),
        ({"weight": np.array([1.0, np.inf])}, "weight must be finite"),
        ({"weight": np.array([1.0, -1.0])}, "weight must not be negative"),
        ({"history_time": np.array([10, 9, 20])}, "history_time must not.*-1 s"),
        ({"impression_time": np.array([31, 30])}, "impression_time must not"),
        ({"history_length": np.array([2, 4])}, "from 0 to 3.*4"),
        ({"history_length": np.array([-1, 3])}, "from 0 to 3.*-1"),
        ({"impression_time": np.array([19, 30])}, "earlier.*20 s for.* at 19 s"),
    ],
)
def test_error_says_what_and_where(change, message):
    with pytest.raises(ValueError, match=f"{message}.*in user 4|{message}.*of user 4"):
        check_user(_user(**change), _SCHEMA, "user 4")


def test_error_missing_column():
    user = _user()
    del user["weight"]
    with pytest.raises(ValueError, match=r"Received: no \['weight'\].*in user 4"):
        check_user(user, _SCHEMA, "user 4")


@pytest.mark.parametrize("splits", [[0, 2], [1, 0], [-1, 0]])
def test_error_splits_of_the_impressions(splits):
    schema = dataclasses.replace(
        _SCHEMA, splits={"train": (0, 9), "test": (5, 99)}, split_by_user=True
    )
    check_user(_user(split=np.array([0, 1])), schema, "user 4")
    with pytest.raises(ValueError, match="split must be from 0 to 1 and not.*user 4"):
        check_user(_user(split=np.array(splits)), schema, "user 4")
