import numpy as np
import pytest

from diffumin_tf.data.industry_world import IndustryWorld
from diffumin_tf.data.reference_predictors import match_counts, reference_scores


def _user(categories, areas, items, targets, lengths):
    category, area, item = np.transpose(targets)
    return {
        "history/third_id": np.array(categories),
        "history/aor_id": np.array(areas),
        "history/poi": np.array(items),
        "history_time": np.arange(len(categories)),
        "target/third_id": category,
        "target/aor_id": area,
        "target/poi": item,
        "history_length": np.array(lengths),
    }


def test_match_counts_by_hand():
    # Categories 1 to 8 are one topic, 9 is of the next.
    user = _user(
        categories=[1, 1, 8, 9, 1],
        areas=[5, 6, 5, 5, 5],
        items=[11, 12, 13, 14, 11],
        targets=[(1, 5, 11), (1, 5, 11), (9, 6, 14)],
        lengths=[5, 4, 0],
    )
    counts = match_counts(user, np.array([0, 1, 2]))
    np.testing.assert_array_equal(
        counts, [[3, 4, 4, 2, 2, 4], [2, 3, 3, 1, 1, 3], [0, 0, 0, 0, 0, 0]]
    )
    # Behaviours 2 and 3 for the second impression; the recent topic looks further.
    np.testing.assert_array_equal(
        match_counts(user, np.array([1]), window=2), [[0, 1, 2, 0, 0, 3]]
    )


def test_recent_topic_is_that_of_the_last_30_behaviours():
    user = _user([1] * 40, [1] * 40, [1] * 40, [(1, 1, 1)], [40])
    np.testing.assert_array_equal(
        match_counts(user, np.array([0])), [[40, 40, 40, 40, 40, 30]]
    )


def _world_users(count):
    world = IndustryWorld(num_users=count)
    return world.schema, [world.user(number) for number in range(count)]


def _in_split(user, schema, split):
    start, end = schema.splits[split]
    return (start <= user["impression_time"]) & (user["impression_time"] < end)


def test_scores_come_in_the_order_of_the_impressions():
    schema, users = _world_users(60)
    shown = [_in_split(user, schema, "test").sum() for user in users]
    scores = reference_scores(users, users, schema)
    backwards = reference_scores(users, users[::-1], schema)
    for name in ("last_100", "whole_history"):
        parts = np.split(scores[name], np.cumsum(shown)[:-1])
        np.testing.assert_array_equal(backwards[name], np.concatenate(parts[::-1]))


def test_learns_from_the_first_users_and_the_train_split_alone():
    schema, users = _world_users(40)
    flipped = [dict(user) for user in users]
    for number, user in enumerate(flipped):
        tested = _in_split(user, schema, "test")
        wrong = tested if number < 30 else np.ones_like(tested)
        user["label"] = np.where(wrong, 1 - user["label"], user["label"])
    expected = reference_scores(users[:30], users, schema)
    scores = reference_scores(iter(flipped), users, schema, max_train_users=30)
    for name, values in expected.items():
        np.testing.assert_array_equal(scores[name], values)


def test_scores_are_calibrated_on_what_was_learnt_from():
    schema, users = _world_users(300)
    clicks = sum(
        user["label"][_in_split(user, schema, "train")].sum() for user in users
    )
    scores = reference_scores(users, users, schema, test_split="train")
    for values in scores.values():
        # A logistic regression with a constant predicts the clicks in sum, but for
        # the small ridge.
        chance = 1 / (1 + np.exp(-values))
        assert chance.sum() == pytest.approx(clicks, abs=3)


def test_error_nothing_to_learn_from():
    schema, users = _world_users(1)
    with pytest.raises(ValueError, match="train_users must have impressions"):
        reference_scores([], users, schema)
