import json

import numpy as np
import pytest

from diffumin_tf import config
from diffumin_tf.data.click_data import ClickData
from diffumin_tf.data.eleme_world import ElemeWorld
from diffumin_tf.data.industry_world import IndustryWorld
from diffumin_tf.data.user_check import check_user
from diffumin_tf.metrics import auc
from diffumin_tf.training.recipe import Recipe
from diffumin_tf.training.train import train
from tests.data.worlds import assert_same_user

_NUM_USERS = 1500
_SMALL_RUN = (
    "SEED = 0",
    "NUM_USERS = 60",
    "SEQUENCE_LENGTH = 50",
    "SHORT_TERM_LENGTH = 20",
    "BATCH_SIZE = 32",
    "NUM_CHANNELS = 2",
    "NUM_SAMPLING_STEPS = 1",
    "Denoiser.num_blocks = 1",
    "TransformerEncoder.num_blocks = 1",
    "PredictionTower.hidden_units = (8,)",
    "train.seed = %SEED",
    "train.epochs = 1",
    "train.jit_core = False",
)


@pytest.fixture(scope="module")
def world():
    return ElemeWorld(num_users=_NUM_USERS)


@pytest.fixture(scope="module")
def users(world):
    return [world.user(number) for number in range(world.num_users)]


@pytest.fixture(scope="module")
def sources():
    """The users of the industry world that the others are made of."""
    world = IndustryWorld(num_users=_NUM_USERS)
    return [world.user(number) for number in range(world.num_users)]


@pytest.fixture(scope="module")
def impressions(users):
    """Every impression: name to `[N]`, the user's columns repeated."""
    names = [n for n in users[0] if not n.startswith("history")]
    return {
        name: np.concatenate(
            [np.broadcast_to(user[name], len(user["label"])) for user in users]
            if name.startswith("user")
            else [user[name] for user in users]
        )
        for name in names
    }


def test_users_are_valid(world, users):
    for number, user in enumerate(users):
        check_user(user, world.schema, f"user {number}")
        for name, column in world.schema.columns.items():
            assert user[name].dtype == column.dtype, name


def test_a_user_depends_on_seed_and_number_alone(users):
    other = ElemeWorld(num_users=10)
    for number in (9, 0):
        assert_same_user(other.user(number), users[number])
    reseeded = ElemeWorld(num_users=10, seed=1).user(0)
    assert not np.array_equal(reseeded["target/item_id"], users[0]["target/item_id"])


def test_dataset_gives_the_same_users(world, users):
    for number, user in enumerate(world.users().take(5).as_numpy_iterator()):
        assert_same_user(user, users[number])
    (first,) = world.users(seed=3, epoch=1).take(1).as_numpy_iterator()
    assert_same_user(first, users[first["user_key"][0] - 1])
    assert first["user_key"][0] != 1


def test_impressions_and_clicks_are_the_industry_world_s(world, users, sources):
    names = {
        "target/item_id": "target/poi",
        "target/category_1_id": "target/third_id",
        "target/shop_aoi_id": "target/aor_id",
        "user/ctr_30": "user/segment",
        "context/times": "context/hour",
    }
    names |= {n: n for n in ("user_key", "impression_time", "label", "true_ctr")}
    for user, source in zip(users, sources, strict=True):
        for name, original in names.items():
            np.testing.assert_array_equal(user[name], source[original], err_msg=name)
    industry = IndustryWorld(num_users=_NUM_USERS).schema
    assert world.schema.splits == industry.splits
    assert world.schema.extra == ("true_ctr",)


def test_each_impression_sees_the_last_fifty_behaviours(users, sources):
    for user, source in zip(users, sources, strict=True):
        lengths = zip(user["history_length"], source["history_length"], strict=True)
        for length, whole in lengths:
            np.testing.assert_array_equal(
                user["history/item_id"][:length][-50:],
                source["history/poi"][:whole][-50:],
            )
            assert length == whole or length >= 50
        assert user["history_length"][0] <= 50
        assert len(user["history/hours"]) == len(user["history_time"])


def _matches(users, name):
    """How many of the last 50 behaviours match each impression, `[N]`."""
    counts = []
    for user in users:
        for target, length in zip(
            user[f"target/{name}"], user["history_length"], strict=True
        ):
            seen = user[f"history/{name}"][:length][-50:]
            counts.append(np.sum(seen == target))
    return np.array(counts)


def test_history_matches_predict_clicks_and_the_clock_does_not(users, impressions):
    """The standard error of an AUC of 1,900 clicks in 12,000 is about .007."""
    clicks = impressions["label"]
    aucs = {
        name: auc(clicks, _matches(users, name))
        for name in ("category_1_id", "shop_id", "shop_aoi_id", "item_id", "hours")
    }
    assert aucs["category_1_id"] > 0.58 and aucs["shop_id"] > 0.55
    assert aucs["shop_aoi_id"] > 0.55 and aucs["item_id"] > 0.51
    assert aucs["hours"] == pytest.approx(0.5, abs=0.025)
    # As in the industry world.
    assert auc(clicks, impressions["true_ctr"]) == pytest.approx(0.795, abs=0.02)


def _rate_auc(ids, clicks):
    """AUC of each id's click rate among other users, on the rest of them."""
    first = np.arange(len(clicks)) < len(clicks) // 2
    shown = np.bincount(ids[first], minlength=ids.max() + 1)
    clicked = np.bincount(ids[first], clicks[first], minlength=ids.max() + 1)
    rate = (clicked + 20 * clicks.mean()) / (shown + 20)
    return auc(clicks[~first], rate[ids[~first]])


def test_which_columns_are_noise(impressions):
    """On 6,000 impressions; the standard error of an AUC of chance is .01."""
    clicks = impressions["label"]
    for name in (
        *("target/merge_standard_food_id", "target/brand_id", "context/geohash12"),
        *("target/rank_7", "target/rank_30", "target/rank_90", "context/weekdays"),
        *("user/gender", "user/visit_city", "user/is_supervip", "context/time_type"),
        "context/hours",
    ):
        found = _rate_auc(impressions[name], clicks)
        assert found == pytest.approx(0.5, abs=0.035), name
    for name in ("context/times", "user/ctr_30"):
        assert _rate_auc(impressions[name], clicks) > 0.52, name


@pytest.mark.slow
def test_a_model_trains_and_is_evaluated(tmp_path):
    config.register_all()
    files = ["gin/models/diffumin.gin", "gin/datasets/eleme.gin"]
    config.load(files, _SMALL_RUN)
    recipe = config.call(Recipe)
    config.call(train, recipe=recipe, run_dir=tmp_path)
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert 0 < metrics["log_loss"] < 2
    # Of some 70 test impressions: it only has to be the truth's, and not chance.
    assert metrics["bayes_auc"] > 0.6
    assert not [name for name in metrics if name.startswith("reference")]


def test_batches_hold_every_column(world):
    data = ClickData(world, batch_size=16, sequence_length=50, grouped=False)
    features, _ = next(iter(data.split("test")))
    shapes = {name: features[name].shape for name in ("history", "target", "dense")}
    assert shapes == {"history": (16, 50, 5), "target": (16, 5), "dense": (16, 2)}
    assert features["other"].shape == (16, 9 + 6 + 5)


@pytest.mark.parametrize("name", ["num_users", "impressions_per_user"])
def test_error_argument_is_zero(name):
    with pytest.raises(ValueError, match=f"{name} must be at least 1.*{name}=0"):
        ElemeWorld(**{name: 0})


def test_error_no_such_user():
    with pytest.raises(ValueError, match="from 0 to 2.*number=3"):
        ElemeWorld(num_users=3).user(3)
