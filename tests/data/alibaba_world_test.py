import numpy as np
import pytest

from diffumin_tf.data.alibaba import days
from diffumin_tf.data.alibaba_world import AlibabaWorld
from diffumin_tf.data.user_check import check_user
from diffumin_tf.metrics import auc
from tests.data.worlds import assert_same_user

_NUM_USERS = 600


@pytest.fixture(scope="module")
def world():
    return AlibabaWorld(_NUM_USERS)


@pytest.fixture(scope="module")
def users(world):
    return [world.user(number) for number in range(world.num_users)]


def test_users_are_valid(world, users):
    for number, user in enumerate(users):
        check_user(user, world.schema, f"user {number}")


def test_dataset_gives_the_same_users(world):
    for number, user in enumerate(world.users().take(3).as_numpy_iterator()):
        expected = world.user(number)
        for name, values in user.items():
            found = [v.decode() if isinstance(v, bytes) else v for v in values]
            assert found == expected[name].tolist(), name


def test_seed_and_number_make_a_user(users):
    assert_same_user(AlibabaWorld(_NUM_USERS).user(9), users[9])
    other = AlibabaWorld(_NUM_USERS, seed=1).user(9)
    assert not np.array_equal(other["impression_time"], users[9]["impression_time"])


def test_a_shorter_history_holds_the_same_latest_behaviours(users):
    world = AlibabaWorld(_NUM_USERS, sequence_length=20)
    for number in range(50):
        short, whole = world.user(number), users[number]
        for name in ("history_time", "history/cate", "history/brand", "history/btag"):
            lengths = zip(short["history_length"], whole["history_length"], strict=True)
            for length, full in lengths:
                np.testing.assert_array_equal(
                    short[name][:length][-20:], whole[name][:full][-20:]
                )


def test_days_and_sizes_are_like_the_real_ones(users):
    times = np.concatenate([user["impression_time"] for user in users])
    assert days.FIRST_IMPRESSION <= times.min() and times.max() < days.END
    assert np.mean(times >= days.TEST) == pytest.approx(1 / 8, abs=0.01)
    # Of the real data: 23.3 impressions a user; click rate about 5 %.
    assert len(times) / _NUM_USERS == pytest.approx(23.3, rel=0.15)
    labels = np.concatenate([user["label"] for user in users])
    assert 0.03 < labels.mean() < 0.08
    behaviours = [len(user["history_time"]) for user in users]
    assert 400 < np.mean(behaviours) < 634


def _joined(users, name):
    return np.concatenate([user[name] for user in users])


def test_the_truth_is_that_of_the_clicks(users):
    clicks, truth = _joined(users, "label"), _joined(users, "true_ctr")
    # Standard error of the mean: root of 13,500 probabilities' variance.
    error = np.sqrt(np.sum(truth * (1 - truth))) / len(truth)
    assert clicks.mean() == pytest.approx(truth.mean(), abs=4 * float(error))
    assert auc(clicks, truth) > 0.78


def test_category_and_brand_in_the_history_predict_clicks(users):
    """Whole histories more than recent ones; the standard error is about .01."""
    clicks = _joined(users, "label")
    found = {}
    for name, recent in (("cate", 10**9), ("cate", 50), ("brand", 10**9)):
        counts = [
            np.sum(user[f"history/{name}"][:length][-recent:] == target)
            for user in users
            for target, length in zip(
                user[f"target/{name}"], user["history_length"], strict=True
            )
        ]
        found[name, recent] = auc(clicks, np.array(counts))
    assert found["cate", 10**9] > found["cate", 50] + 0.03 > 0.6
    assert found["brand", 10**9] > 0.6


def test_group_and_ad_predict_clicks_and_the_place_does_not(world, users):
    """By what they add to the logit; of 14,000 impressions the error is .01."""
    clicks, things = _joined(users, "label"), world.things
    profiles = [world.raw_user(number)[0] for number in range(_NUM_USERS)]
    known = [number for number, profile in enumerate(profiles) if profile]
    assert 0.04 < 1 - len(known) / _NUM_USERS < 0.1
    labels = [users[number]["label"] for number in known]
    bias = [
        np.full(len(label), things.group_bias[int(profiles[number]["cms_group_id"])])
        for number, label in zip(known, labels, strict=True)
    ]
    assert auc(np.concatenate(labels), np.concatenate(bias)) > 0.55
    ads = _joined(users, "target/adgroup")
    assert auc(clicks, things.ad_quality[ads - 1]) > 0.57
    place = (_joined(users, "context/pid") == "430539_1007").astype(float)
    assert auc(clicks, place) == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("arguments", [{"num_users": 0}, {"seed": -1}])
def test_error_argument_out_of_range(arguments):
    with pytest.raises(ValueError, match="num_users must be at least 1 and seed not"):
        AlibabaWorld(**arguments)
