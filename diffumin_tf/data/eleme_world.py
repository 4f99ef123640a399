"""A synthetic data set of Ele.me's shape, so that its models train undownloaded."""

from dataclasses import replace
from functools import cached_property

from diffumin_tf.data import eleme_columns as columns
from diffumin_tf.data.industry_world import IndustryWorld
from diffumin_tf.data.world import World

# As long as the lists of the real data are at most.
HISTORY_LENGTH = 50

_AS_THEY_ARE = ("user_key", "impression_time", "label", "true_ctr")


class ElemeWorld(World):
    """Users of the industry world, under the columns of Tianchi's Ele.me data.

    Behaviours, impressions, clicks and `true_ctr` are those of an `IndustryWorld`
    with the same arguments. None of it is Ele.me's: only the columns and their roles
    are like the real ones.

    * The click depends on `item_id`, `category_1_id` and `shop_aoi_id` and how they
      match the history, on `ctr_30`, which stands for the user's segment, and on
      `times`, the hour that the industry world draws beside the clock.
    * `shop_id` and `shop_geohash_12` are an area with a topic of eight categories;
      city, district and `shop_geohash_6` are an area, coarser or finer. They say
      nothing that item, category and area do not say, but say it otherwise.
    * `user_id` and `ord_30` know the user: how the user tends to click, how busy the
      30 days before the first impression day were.
    * The rest is noise. Brand, food and ranks are hashed from shop or item; gender,
      city visited, membership, prices and the place of the user from the user.
      `hours`, `time_type` and `weekdays` are of the clock (UTC), which the click
      does not depend on.

    Brand, gender, `visit_city` and `is_supervip` are missing for one in eight. The
    amounts are logarithms. Kept are the last 50 behaviours before a user's first
    impression, and those since.

    Args:
        num_users: Number of users.
        impressions_per_user: Impressions of each in the last 14 days.
        seed: The world's seed, not negative: the same seed gives the same bytes.
    """

    def __init__(self, num_users=6_000, impressions_per_user=8, seed=0):
        self._world = IndustryWorld(num_users, impressions_per_user, seed)
        self.num_users = num_users
        self.impressions_per_user = impressions_per_user
        self.seed = seed

    @cached_property
    def schema(self):
        """The `Schema` of the users; its splits are those of the industry world."""
        # `world` would have the reference predictors look for other columns.
        features = columns.features(self.num_users)
        return replace(self._world.schema, features=features, world=None)

    def user(self, number):
        """Returns the columns of user `number`, from 0, as 1-D arrays by name."""
        user = self._world.user(number)
        shown = columns.behaviour_columns("target", user, user["impression_time"])
        ids = (shown[f"target/{name}"] for name in ("shop_id", "item_id"))
        first_day, _ = self.schema.split("train")
        return {
            **{name: user[name] for name in _AS_THEY_ARE},
            **_recent_history(user),
            **shown,
            **columns.target_columns(*ids, shown["target/shop_aoi_id"]),
            **columns.user_columns(user, first_day),
            **columns.context_columns(user),
        }


def _recent_history(user):
    """The history without what no impression of `HISTORY_LENGTH` behaviours sees."""
    time, length = user["history_time"], user["history_length"]
    start = max(length[0] - HISTORY_LENGTH, 0)
    history = columns.behaviour_columns("history", user, time)
    return {
        "history_time": time[start:],
        "history_length": length - start,
        **{name: values[start:] for name, values in history.items()},
    }
