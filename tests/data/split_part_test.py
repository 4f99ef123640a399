"""Tests of which impressions a part of a split holds."""

import itertools
from types import SimpleNamespace

import pytest
import tensorflow as tf

from diffumin_tf.data.split_part import SplitPart

_SPLITS = {"train": (0, 100), "test": (0, 200)}
_USER = {
    "impression_time": tf.constant([10, 20, 20, 30, 40], tf.int64),
    "split": tf.constant([0, 0, 0, 1, 1], tf.int64),
}


def _schema(split_by_user):
    return SimpleNamespace(splits=_SPLITS, split_by_user=split_by_user)


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("by_user", [False, True])
def test_bounds_are_those_of_a_search_one_by_one(by_user, split):
    number = list(_SPLITS).index(split)
    for first, end in itertools.combinations(range(0, 60, 5), 2):
        part = SplitPart.of(_schema(by_user), split, (first, end))
        inside = [
            place
            for place, time in enumerate(_USER["impression_time"].numpy())
            if first <= time < end and (not by_user or _USER["split"][place] == number)
        ]
        low, high = (int(bound) for bound in part.bounds(_USER))
        assert list(range(low, high)) == inside
        assert bool(part.is_active(_USER)) == bool(inside)
