"""Which impressions are trained on and validated with while settings are chosen."""

import pytest
import tensorflow as tf

from diffumin_tf.data.held_out_source import HeldOutSource
from diffumin_tf.data.industry_world import TEST_DAYS, IndustryWorld
from diffumin_tf.data.pipeline import make_dataset
from diffumin_tf.data.schema import SPLIT, Schema
from diffumin_tf.features import FeatureSpec, Field, Table
from tests.data.fake_source import FakeSource

_FEATURES = FeatureSpec(
    tables=(Table("item", "dense", 9),),
    fields=(
        Field("history/item", "item", "history"),
        Field("target/item", "item", "target"),
    ),
)
_BY_TIME = {"train": (100, 200), "test": (200, 300)}
_BY_USER = {"earlier": (0, 9), "train": (0, 99), "test": (3, 100)}


def make_source(splits, *users, labels=None):
    """Users of (times, splits): each a list, the splits' only where users have them."""
    by_user = splits is _BY_USER
    stored = [_user(key, labels, *user) for key, user in enumerate(users, start=1)]
    source = FakeSource(_FEATURES, stored, splits, split_by_user=by_user)
    source.schema = Schema(_FEATURES, splits, len(users), split_by_user=by_user)
    return source


def _user(key, labels, times, splits=None):
    count = len(times)
    return {
        "user_key": [key],
        "history_time": [0],
        "history/item": [1],
        "impression_time": times,
        "history_length": [1] * count,
        "label": labels or [0] * count,
        "target/item": [2] * count,
        **({} if splits is None else {SPLIT: splits}),
    }


def times(source, split):
    """(user, time) of each impression of a split, as the pipeline finds them."""
    batches = make_dataset(source, split, batch_size=4, sequence_length=2)
    found = []
    for features, _ in batches.as_numpy_iterator():
        pairs = zip(features["user_key"], features["impression_time"], strict=True)
        found += [tuple(int(value) for value in pair) for pair in pairs]
    return found


def test_by_time_the_last_share_of_the_span_is_held_out():
    source = make_source(_BY_TIME, ([99, 100, 174, 175, 199, 200, 299],), ([176],))
    held_out = HeldOutSource(source, share=0.25)
    assert held_out.schema.splits == {"train": (100, 175), "validation": (175, 200)}
    assert times(held_out, "train") == [(1, 100), (1, 174)]
    assert times(held_out, "validation") == [(1, 175), (1, 199), (2, 176)]


def test_by_user_the_last_share_of_each_users_impressions_is_held_out():
    source = make_source(
        _BY_USER,
        # Of 5 the last floor(.4 * 5) = 2.
        ([1, 2, 3, 4, 5, 6, 7, 8], [0, 1, 1, 1, 1, 1, 2, 2]),
        # Of 4 the last 1, which shares its second with the two before.
        ([1, 2, 2, 2, 9], [1, 1, 1, 1, 2]),
        # Of 3 the last 1.
        ([5, 5, 6], [1, 1, 1]),
        # Of 1 none.
        ([5], [1]),
        # No training impression at all.
        ([3, 4], [2, 2]),
    )
    held_out = HeldOutSource(source, share=0.4)
    trained = [(1, 2), (1, 3), (1, 4), (2, 1), (2, 2), (2, 2), (2, 2)]
    assert times(held_out, "train") == [*trained, (3, 5), (3, 5), (4, 5)]
    assert times(held_out, "validation") == [(1, 5), (1, 6), (3, 6)]


@pytest.mark.parametrize("share", [0.29, 0.07, 0.57])
def test_by_user_a_share_is_not_rounded_down_by_floating_point(share):
    source = make_source(_BY_USER, (list(range(100)), [1] * 100))
    # 0.29 * 100 is 28.999999999999996.
    (user,) = HeldOutSource(source, share).users().as_numpy_iterator()
    assert (user[SPLIT] == 1).sum() == round(100 * share)


@pytest.mark.parametrize("splits", [_BY_TIME, _BY_USER])
def test_the_test_split_cannot_be_asked_for(splits):
    held_out = HeldOutSource(make_source(splits, ([150], [1])))
    with pytest.raises(ValueError, match="one of .'train', 'validation'.*'test'"):
        make_dataset(held_out, "test", batch_size=4, sequence_length=2)


def test_the_worlds_users_in_the_worlds_order():
    world = IndustryWorld(5, impressions_per_user=2)
    held_out = HeldOutSource(world, share=1 / 6)
    first, end = world.schema.splits["train"]
    cut = end - TEST_DAYS * 86_400  # a sixth of twelve days
    assert held_out.schema.splits == {"train": (first, cut), "validation": (cut, end)}
    assert held_out.schema.world is None
    assert held_out.schema.columns == world.schema.columns
    orders = [
        [int(user["user_key"][0]) for user in source.users(7, 1).as_numpy_iterator()]
        for source in (held_out, world)
    ]
    assert orders[0] == orders[1]


def test_both_classes_in_both_parts_pass_without_reading_on():
    users = [([110, 120, 190, 195],)] * 40
    source = make_source(_BY_TIME, *users, labels=[0, 1, 1, 0])
    whole, read = source.users, []

    def told(user):
        tf.py_function(lambda: read.append(1), [], [])
        return user

    source.users = lambda **order: whole(**order).map(told)
    HeldOutSource(source).check_classes()
    assert 1 <= len(read) < 40  # One is enough; some are read ahead.


@pytest.mark.parametrize(
    ("shown", "labels", "message"),
    [
        ([110, 120, 190, 195], [0, 1, 1, 1], "2 clicks and 0 non-clicks in 'valid"),
        ([110, 120, 190, 195], [0, 0, 1, 0], "0 clicks and 2 non-clicks in 'train'"),
        ([110, 120, 250, 260], [0, 1, 1, 0], "0 clicks and 0 non-clicks in 'valid"),
    ],
)
def test_error_a_part_without_both_classes(shown, labels, message):
    source = make_source(_BY_TIME, (shown,), labels=labels)
    with pytest.raises(ValueError, match=f"{message}.*share=0.2"):
        HeldOutSource(source).check_classes()


@pytest.mark.parametrize("share", [0, 1, -0.5])
def test_error_share(share):
    with pytest.raises(ValueError, match=f"between 0 and 1. Received: share={share}"):
        HeldOutSource(make_source(_BY_TIME, ([150],)), share)


@pytest.mark.parametrize("share", [0.001, 0.999])
def test_error_nothing_left_of_a_part(share):
    with pytest.raises(ValueError, match="leave seconds to train on and to validate"):
        HeldOutSource(make_source(_BY_TIME, ([150],)), share)


def test_error_no_training_split():
    with pytest.raises(ValueError, match=r"one of \['test'\]. Received: 'train'"):
        HeldOutSource(make_source({"test": (0, 9)}, ([5],)))


def test_damage_is_named_by_the_source_itself():
    source = make_source(_BY_TIME, ([150],))
    held_out = HeldOutSource(source)
    held_out.check()  # This source cannot tell.
    source.check = lambda: pytest.fail("asked")
    with pytest.raises(pytest.fail.Exception, match="asked"):
        held_out.check()
