"""A synthetic industry data set whose true click probability is known.

Users have lasting interests that switch on and off over a year; what they do
follows the interests that are on, what they are shown also the dormant ones, and
whether they click depends on all of them. A long history therefore knows more than
a recent one, and `true_ctr` bounds what any model can reach.

The description of the world leaves some things open. Read here so:

* A user's shares in the truth are those of the lasting interests and areas alone,
  without the behaviours drawn by popularity.
* `N(0, s)` has standard deviation `s`.
* Topics, and the two categories of a topic, are drawn uniformly; areas are
  numbered by popularity.
* An interest is on during a day if it is on as the day begins; days begin at
  multiples of 24 hours from the start of the year.
* A behaviour in the second of an impression is not earlier than it.
* The hour is drawn on its own, 1 to 24, whatever the impression's time.

Philox is keyed by (seed, 0) for the things and by (seed, user id) for a user, so
that a user depends on neither the others nor their number.
"""

from functools import cached_property

import numpy as np

from diffumin_tf.data import industry_world_truth as truth
from diffumin_tf.data.schema import Schema
from diffumin_tf.data.world import World, generator
from diffumin_tf.features import FeatureSpec, Field, Table

YEAR_START = 1_640_995_200  # 2022-01-01 00:00 UTC, in seconds.
IMPRESSION_DAYS = 14
TEST_DAYS = 2

_POPULAR_CATEGORY, _POPULAR_AREA = 0.25, 0.3
_SHOWN_POPULAR_CATEGORY, _SHOWN_POPULAR_AREA = 0.5, 0.4
_DORMANT = 0.001
_SECOND_ITEM = 0.35


class IndustryWorld(World):
    """Users of the industry world, drawn when asked for.

    Args:
        num_users: Number of users.
        impressions_per_user: Impressions of each in the last 14 days.
        seed: The world's seed, not negative: the same seed gives the same bytes.
    """

    def __init__(self, num_users=6_000, impressions_per_user=8, seed=0):
        for name, value, least in (
            ("num_users", num_users, 1),
            ("impressions_per_user", impressions_per_user, 1),
            ("seed", seed, 0),
        ):
            if value < least:
                raise ValueError(
                    f"{name} must be at least {least}. Received: {name}={value}."
                )
        self.num_users = num_users
        self.impressions_per_user = impressions_per_user
        self.seed = seed
        self.things = truth.draw_things(generator(self.seed, 0))
        self._category_steps = _steps(self.things.category_popularity)
        self._area_steps = _steps(self.things.area_popularity)

    @cached_property
    def schema(self):
        """The `Schema` of the users."""
        end = YEAR_START + truth.DAYS * truth.SECONDS_PER_DAY
        start = end - IMPRESSION_DAYS * truth.SECONDS_PER_DAY
        middle = end - TEST_DAYS * truth.SECONDS_PER_DAY
        return Schema(
            features=_features(self.num_users),
            splits={"train": (start, middle), "test": (middle, end)},
            num_users=self.num_users,
            extra=("true_ctr",),
            world={
                "num_users": self.num_users,
                "impressions_per_user": self.impressions_per_user,
                "seed": self.seed,
            },
        )

    def taste(self, number):
        """Returns the hidden `Taste` of user `number`, from 0."""
        return truth.draw_taste(generator(self.seed, number + 1), self.things)

    def user(self, number):
        """Returns the columns of user `number`, from 0, as 1-D arrays by name."""
        if not 0 <= number < self.num_users:
            raise ValueError(
                f"number must be from 0 to {self.num_users - 1}. "
                f"Received: number={number}."
            )
        rng = generator(self.seed, number + 1)
        taste = truth.draw_taste(rng, self.things)
        history = self._draw_behaviours(rng, taste)
        shown = self._draw_impressions(rng, taste)
        return {
            "user_key": np.array([number + 1]),
            "history_time": YEAR_START + history["time"],
            **self._draw_clicks(rng, taste, history, shown),
            **_id_columns("history", history),
            **_id_columns("target", shown),
            "user/user_id": np.array([number + 1]),
            "user/segment": np.array([taste.segment + 1]),
            "context/hour": shown["hour"],
        }

    def _draw_behaviours(self, rng, taste):
        count = int(np.clip(np.exp(rng.normal(np.log(1200), 1.0)), 5, 5000))
        time = np.sort(rng.integers(0, truth.DAYS * truth.SECONDS_PER_DAY, count))
        day = time // truth.SECONDS_PER_DAY
        strength = taste.weights[:, None] * (taste.active + _DORMANT)
        steps = strength.cumsum(axis=0)
        point = rng.random(count) * steps[-1, day]
        interest = (steps[:-1].take(day, axis=1) <= point).sum(axis=0)
        places = self._draw_places(
            rng, taste, interest, _POPULAR_CATEGORY, _POPULAR_AREA
        )
        return {"time": time, **places}

    def _draw_impressions(self, rng, taste):
        count = self.impressions_per_user
        first, last = truth.DAYS - IMPRESSION_DAYS, truth.DAYS
        seconds = np.array([first, last]) * truth.SECONDS_PER_DAY
        time = np.sort(rng.integers(*seconds, count))
        interest = _draw(rng, _steps(taste.weights), count)
        places = self._draw_places(
            rng, taste, interest, _SHOWN_POPULAR_CATEGORY, _SHOWN_POPULAR_AREA
        )
        return {"time": time, **places, "hour": rng.integers(1, 25, count)}

    def _draw_places(self, rng, taste, interest, popular_category, popular_area):
        """Draws a category, an area and an item for each `[n]` interest."""
        count = len(interest)
        second = rng.random(count) >= truth.CATEGORY_SHARES[0]
        category = taste.categories.ravel().take(2 * interest + second)
        popular = np.flatnonzero(rng.random(count) < popular_category)
        category[popular] = _draw(rng, self._category_steps, len(popular))
        area = taste.areas.take(_draw(rng, _AREA_STEPS, count))
        popular = np.flatnonzero(rng.random(count) < popular_area)
        area[popular] = _draw(rng, self._area_steps, len(popular))
        cell = category * truth.NUM_AREAS + area
        item = cell * truth.ITEMS_PER_CELL + (rng.random(count) < _SECOND_ITEM)
        return {"category": category, "area": area, "item": item}

    def _draw_clicks(self, rng, taste, history, shown):
        length = np.searchsorted(history["time"], shown["time"], side="left")
        shown_index, position = np.nonzero(history["item"] == shown["item"][:, None])
        earlier = shown_index[position < length[shown_index]]
        logit = truth.click_logit(
            self.things,
            taste,
            shown["category"],
            shown["area"],
            shown["item"],
            shown["time"] // truth.SECONDS_PER_DAY,
            shown["hour"],
            visits=np.bincount(earlier, minlength=len(length)),
        )
        true_ctr = 1 / (1 + np.exp(-logit))
        return {
            "impression_time": YEAR_START + shown["time"],
            "history_length": length,
            "label": (rng.random(len(logit)) < true_ctr).astype(np.float32),
            "true_ctr": true_ctr.astype(np.float32),
        }


def _features(num_users):
    of_a_place = ("poi", "third_id", "aor_id")
    return FeatureSpec(
        tables=(
            Table("poi", "dense", truth.NUM_ITEMS),
            Table("third_id", "dense", truth.NUM_CATEGORIES),
            Table("aor_id", "dense", truth.NUM_AREAS),
            Table("user_id", "dense", num_users),
            Table("segment", "dense", truth.NUM_SEGMENTS),
            Table("hour", "dense", 24),
        ),
        fields=(
            *(Field(f"history/{name}", name, "history") for name in of_a_place),
            *(Field(f"target/{name}", name, "target") for name in of_a_place),
            Field("user/user_id", "user_id", "user"),
            Field("user/segment", "segment", "user"),
            Field("context/hour", "hour", "context"),
        ),
    )


def _id_columns(role, places):
    """Returns the stored ids, which start at 1."""
    return {
        f"{role}/poi": places["item"] + 1,
        f"{role}/third_id": places["category"] + 1,
        f"{role}/aor_id": places["area"] + 1,
    }


def _steps(shares):
    """Returns the inner steps of the cumulative shares, for `_draw`."""
    return np.cumsum(shares)[:-1]


def _draw(rng, steps, count):
    """Draws `[count]` indices with the shares whose `_steps` are given."""
    return np.searchsorted(steps, rng.random(count), side="right")


_AREA_STEPS = _steps(truth.AREA_SHARES)
