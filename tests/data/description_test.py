"""Numbers of three users, counted by hand."""

import numpy as np
import pytest

from diffumin_tf.data.description import DAY, describe
from diffumin_tf.features import FeatureSpec, Field, Table
from tests.data.fake_source import FakeSource

SPEC = FeatureSpec(
    tables=[Table("item", "hashed", 4), Table("city", "hashed", 9)],
    fields=[
        Field("history/item", "item", "history"),
        Field("target/item", "item", "target"),
        Field("target/city", "city", "target", "string"),
    ],
)
SPLITS = {"train": (0, 2 * DAY), "test": (2 * DAY, 4 * DAY)}
USERS = [
    {
        "user_key": [11],
        "history/item": [1, 2, 3, 4],
        "history_time": [1, 2, DAY + 1, 3 * DAY],
        "target/item": [5, 0, 3],
        "target/city": ["a", "b", "a"],
        "impression_time": [10, DAY, 2 * DAY],
        "history_length": [2, 2, 3],
        "label": [1.0, 0.0, 0.0],
    },
    {
        "user_key": [12],
        "history/item": [6],
        "history_time": [5],
        "target/item": [6, 2, 0],
        "target/city": ["c", "a", ""],
        # The last is in no split.
        "impression_time": [3 * DAY, 3 * DAY + 1, 9 * DAY],
        "history_length": [1, 1, 1],
        "label": [1.0, 0.0, 1.0],
    },
    {
        "user_key": [13],
        "history/item": [],
        "history_time": [],
        "target/item": [],
        "target/city": [],
        "impression_time": [],
        "history_length": [],
        "label": [],
    },
]


@pytest.fixture(scope="module")
def found():
    return describe(FakeSource(SPEC, USERS, SPLITS))


def test_sizes_and_lengths(found):
    assert (found.users, found.behaviours) == (3, 5)
    assert found.stored_lengths.tolist() == [4, 1, 0]
    assert found.seen_lengths.tolist() == [2, 2, 3, 1, 1]


def test_impressions_and_clicks_by_day(found):
    train, test = found.splits["train"], found.splits["test"]
    assert (train.users, train.impressions, train.clicks) == (1, 2, 1)
    assert train.days == {0: (1, 1), 1: (1, 0)}
    assert (test.users, test.impressions, test.clicks) == (2, 3, 1)
    assert test.days == {2: (1, 0), 3: (2, 1)}


def test_what_training_has_not_seen(found):
    assert found.splits["train"].unseen == {}
    # User 12 is new; so are item 3 (in the history, but later than training looks),
    # item 6 and city c.
    assert found.splits["test"].unseen == {
        "user_key": 2 / 3,
        "target/item": 2 / 3,
        "target/city": 1 / 3,
    }


def test_distinct_ids_and_loads(found):
    assert found.distinct == {"history/item": 5, "target/item": 4, "target/city": 3}
    assert found.loads == {"item": 6, "city": 3}


def test_padding_share(found):
    # Of two positions an impression, four are full and one is half full twice.
    assert found.padding_share(2) == pytest.approx(2 / 10)
    assert found.padding_share(1) == 0
    assert found.padding_share(100) == pytest.approx(1 - 9 / 500)


def test_splits_that_cut_each_user_elsewhere():
    spans = {"train": (0, 4 * DAY), "test": (0, 4 * DAY)}
    numbers = ([0, 1, 1], [0, 0, 1], [])
    users = [
        {**user, "split": split} for user, split in zip(USERS, numbers, strict=True)
    ]
    found = describe(FakeSource(SPEC, users, spans, split_by_user=True))
    assert found.splits["train"].days == {0: (1, 1), 3: (2, 1)}
    # The last impression of user 12 is outside all spans.
    assert found.splits["test"].days == {1: (1, 0), 2: (1, 0)}


def test_no_impression_at_all():
    found = describe(FakeSource(SPEC, USERS[2:], SPLITS))
    assert found.padding_share(5) is None
    assert found.splits["test"].unseen == {}
    np.testing.assert_array_equal(found.stored_lengths, [0])
