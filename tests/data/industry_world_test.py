import dataclasses
import math

import numpy as np
import pytest

from diffumin_tf.data import industry_world_truth as truth
from diffumin_tf.data.industry_world import YEAR_START, IndustryWorld
from diffumin_tf.data.reference_predictors import reference_scores
from diffumin_tf.metrics import auc
from tests.data.worlds import assert_same_user

_DAY = 86_400


@pytest.fixture(scope="module")
def world():
    return IndustryWorld(num_users=1500)


@pytest.fixture(scope="module")
def users(world):
    return [world.user(number) for number in range(world.num_users)]


@pytest.fixture(scope="module")
def impressions(users):
    names = ("label", "true_ctr", "impression_time", "target/third_id", "target/poi")
    return {name: np.concatenate([user[name] for user in users]) for name in names}


def test_columns_are_those_of_the_schema(world, users):
    columns = world.schema.columns
    assert users[0].keys() == columns.keys()
    for name, values in users[0].items():
        assert values.dtype == columns[name].dtype, name


def test_a_user_depends_on_seed_and_number_alone(users):
    other = IndustryWorld(num_users=10)
    for number in (9, 0):
        assert_same_user(other.user(number), users[number])
    reseeded = IndustryWorld(num_users=10, seed=1).user(0)
    assert not np.array_equal(reseeded["target/poi"], users[0]["target/poi"])


def test_more_impressions_leave_the_history_alone(users):
    user = IndustryWorld(num_users=1, impressions_per_user=30).user(0)
    assert len(user["label"]) == 30
    np.testing.assert_array_equal(user["history/poi"], users[0]["history/poi"])


def test_dataset_gives_the_same_users(world, users):
    for number, user in enumerate(world.users().take(5).as_numpy_iterator()):
        assert_same_user(user, users[number])


def test_ids_agree_with_one_another(users):
    for user in users[:20]:
        for role in ("history", "target"):
            cell = (user[f"{role}/third_id"] - 1) * 200 + user[f"{role}/aor_id"] - 1
            np.testing.assert_array_equal((user[f"{role}/poi"] - 1) // 2, cell)


def test_ids_start_at_one_and_fit_their_tables(world, users):
    for field in world.schema.features.fields:
        size = world.schema.features.table(field.table).size
        ids = np.concatenate([user[field.name] for user in users])
        assert 1 <= ids.min() <= ids.max() <= size, field.name


def test_impressions_fill_the_last_fourteen_days(world, impressions):
    end = YEAR_START + 365 * _DAY
    time = impressions["impression_time"]
    assert world.schema.splits == {
        "train": (end - 14 * _DAY, end - 2 * _DAY),
        "test": (end - 2 * _DAY, end),
    }
    assert end - 14 * _DAY <= time.min() and time.max() < end
    # 12,000 draws: a standard error of .0032.
    assert np.mean(time >= end - 2 * _DAY) == pytest.approx(2 / 14, abs=0.01)


def test_history_holds_strictly_earlier_behaviours():
    world = IndustryWorld(num_users=30, impressions_per_user=2000)
    ties = 0
    for number in range(world.num_users):
        user = world.user(number)
        history, shown = user["history_time"], user["impression_time"]
        earlier = (history < shown[:, None]).sum(axis=1)
        np.testing.assert_array_equal(user["history_length"], earlier)
        ties += np.isin(shown, history).sum()
    assert ties > 0  # Without them the test would not tell < from <=.


def test_behaviours_are_in_time_order_and_as_many_as_said(users):
    counts = [len(user["history_time"]) for user in users]
    assert all(np.all(np.diff(user["history_time"]) >= 0) for user in users)
    assert 5 <= min(counts) and max(counts) == 5000
    # The logarithm of the median has a standard error of 1.25 / sqrt(1500) = .03.
    assert np.median(counts) == pytest.approx(1200, rel=0.1)


def test_behaviours_follow_the_interests_that_are_on(world, users):
    own, active = [], []
    for number in range(100):
        taste, user = world.taste(number), users[number]
        category = user["history/third_id"] - 1
        day = (user["history_time"] - YEAR_START) // _DAY
        is_topic = taste.topics == (category // 8)[:, None]
        own.append(np.isin(category, taste.categories))
        some_on = taste.active[:, day].any(axis=0)
        on = (is_topic & taste.active[:, day].T).any(axis=1)
        active.append(on[some_on & own[-1]])
    # A quarter by popularity, of which some 3 % are the user's own by chance.
    assert np.concatenate(own).mean() == pytest.approx(0.75 + 0.25 * 0.03, abs=0.02)
    assert np.concatenate(active).mean() > 0.95


def test_impressions_show_dormant_interests_too(world, users):
    own, on = [], []
    for number, user in enumerate(users):
        taste = world.taste(number)
        category = user["target/third_id"] - 1
        day = (user["impression_time"] - YEAR_START) // _DAY
        own.append(np.isin(category, taste.categories))
        is_topic = taste.topics == (category // 8)[:, None]
        on.append((is_topic & taste.active[:, day].T).any(axis=1)[own[-1]])
    assert np.concatenate(own).mean() == pytest.approx(0.5 + 0.5 * 0.03, abs=0.02)
    assert np.concatenate(on).mean() == pytest.approx(0.25, abs=0.04)


def _slow_logit(things, taste, user, i):
    """The formula, from the ids of one impression and the user's taste."""
    category = user["target/third_id"][i] - 1
    area = user["target/aor_id"][i] - 1
    day = (user["impression_time"][i] - YEAR_START) // _DAY
    of_category = of_topic = of_area = on = visits = 0.0
    for j, topic in enumerate(taste.topics):
        if topic == category // 8:
            of_topic, on = taste.weights[j], float(taste.active[j, day])
        for k, part in enumerate((0.7, 0.3)):
            if taste.categories[j, k] == category:
                of_category = taste.weights[j] * part
    for k, part in enumerate((0.5, 0.3, 0.1, 0.1)):
        if taste.areas[k] == area:
            of_area = part
    for time, poi in zip(user["history_time"], user["history/poi"], strict=True):
        if time < user["impression_time"][i] and poi == user["target/poi"][i]:
            visits += 1
    return (
        -3.2
        + 1.8 * math.sqrt(of_category)
        + 0.8 * math.sqrt(of_topic)
        + 0.9 * math.sqrt(of_area)
        + 1.5 * math.sqrt(of_category) * math.sqrt(of_area)
        + 0.25 * math.log(1 + visits)
        + 0.4 * on
        + things.item_quality[user["target/poi"][i] - 1]
        + things.category_quality[category]
        + taste.bias
        + things.segment_bias[user["user/segment"][0] - 1]
        + 0.3 * math.sin(2 * math.pi * user["context/hour"][i] / 24)
    )


def test_true_ctr_by_a_slow_loop(world, users):
    for number in range(5):
        user, taste = users[number], world.taste(number)
        for i, true_ctr in enumerate(user["true_ctr"]):
            logit = _slow_logit(world.things, taste, user, i)
            assert true_ctr == pytest.approx(1 / (1 + math.exp(-logit)), rel=1e-6)


def test_click_rate_and_bayes_auc(impressions):
    """.158 and .795 are expected; three standard errors either way.

    Eight worlds of 6,000 users spread by .008 in click rate and .004 in Bayes AUC;
    having only 1,900 clicks among 12,000 impressions adds .003 and .006.
    """
    clicks, true_ctr = impressions["label"], impressions["true_ctr"]
    assert clicks.mean() == pytest.approx(0.158, abs=0.03)
    assert clicks.mean() == pytest.approx(true_ctr.mean(), abs=0.01)
    assert auc(clicks, true_ctr) == pytest.approx(0.795, abs=0.02)


def test_long_histories_know_more_than_recent_ones(world, users, impressions):
    """Fits on the first week of impressions and scores the second one.

    .044 lie beyond the last 100 behaviours; with 950 clicks in a week the standard
    error of the difference is about .008.
    """
    start, end = world.schema.splits["train"][0], world.schema.splits["test"][1]
    middle = (start + end) // 2
    schema = dataclasses.replace(
        world.schema, splits={"train": (start, middle), "test": (middle, end)}
    )
    scores = reference_scores(users, users, schema)
    tested = impressions["impression_time"] >= middle
    clicks = impressions["label"][tested]
    recent, whole = (auc(clicks, scores[n]) for n in ("last_100", "whole_history"))
    assert whole - recent == pytest.approx(0.044, abs=0.025)
    assert 0.6 < recent and whole < auc(clicks, impressions["true_ctr"][tested]) - 0.02


def test_items_and_categories_alone_tell_little(impressions):
    clicks = impressions["label"]
    for name, size in (("target/poi", truth.NUM_ITEMS), ("target/third_id", 512)):
        first = np.arange(len(clicks)) < len(clicks) // 2
        ids = impressions[name]
        shown = np.bincount(ids[first], minlength=size + 1)
        clicked = np.bincount(ids[first], clicks[first], minlength=size + 1)
        rate = (clicked + clicks.mean()) / (shown + 1)
        assert auc(clicks[~first], rate[ids[~first]]) < 0.6


@pytest.mark.parametrize("name", ["num_users", "impressions_per_user"])
def test_error_argument_is_zero(name):
    with pytest.raises(ValueError, match=f"{name} must be at least 1.*{name}=0"):
        IndustryWorld(**{name: 0})


def test_error_negative_seed():
    with pytest.raises(ValueError, match="seed must be at least 0.*seed=-1"):
        IndustryWorld(seed=-1)


@pytest.mark.parametrize("number", [-1, 3])
def test_error_no_such_user(number):
    with pytest.raises(ValueError, match=f"from 0 to 2.*number={number}"):
        IndustryWorld(num_users=3).user(number)
