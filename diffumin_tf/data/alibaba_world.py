"""A synthetic data set of Alibaba's shape whose true click probability is known."""

from functools import cached_property

import numpy as np

from diffumin_tf.data import alibaba_world_truth as truth
from diffumin_tf.data.alibaba import columns, days
from diffumin_tf.data.alibaba.seen_behaviours import seen_behaviours
from diffumin_tf.data.schema import Schema
from diffumin_tf.data.world import World, generator
from diffumin_tf.features import Table

# Of the real data: so many behaviours and impressions a user.
_BEHAVIOURS, _IMPRESSIONS = 634, 23.3
_MOST_BEHAVIOURS, _MOST_IMPRESSIONS = 8_000, 300
_SPREAD = 1.0
_BTAG_STEPS = (0.9, 0.95, 0.98)
# Of time, category, brand and btag: as one number they are sorted faster.
_BITS = (31, 10, 14, 3)
_NO_PROFILE = 0.07
_PIDS = np.array(["430539_1007", "430548_1007"], object)
# Name to how many values there are, from which on, and how often there is none.
_PROFILE = {
    "cms_segid": (97, 0, 0.0),
    "cms_group_id": (truth.NUM_GROUPS, 0, 0.0),
    "final_gender_code": (2, 1, 0.0),
    "age_level": (7, 0, 0.0),
    "pvalue_level": (3, 1, 0.5),
    "shopping_level": (3, 1, 0.0),
    "occupation": (2, 0, 0.0),
    "new_user_class_level": (4, 1, 0.3),
}


class AlibabaWorld(World):
    """Users with behaviours of 22 days and ads shown in the last eight of them.

    Clicks depend on how often the ad's category and brand stand among all earlier
    behaviours, on whether the category is among the last 50, on the ad, on the
    user's `cms_group_id` and on how the user tends to click. Columns, days, ids that
    are missing and the sizes of histories are like those of Tianchi 56; nothing else
    is.

    Args:
        num_users: Number of users.
        seed: The world's seed, not negative: the same seed gives the same bytes.
        sequence_length: How many behaviours an impression is to see, as
            `prepare_alibaba` takes it; None for all.
    """

    def __init__(self, num_users=6_000, seed=0, sequence_length=None):
        if num_users < 1 or seed < 0:
            raise ValueError(
                "num_users must be at least 1 and seed not negative. "
                f"Received: num_users={num_users}, seed={seed}."
            )
        self.num_users = num_users
        self.seed = seed
        self.sequence_length = sequence_length
        # As many ads a user as the real data have.
        num_ads = 500 + 3 * num_users // 4
        self.things = truth.draw_things(generator(self.seed, 0), num_ads)

    @cached_property
    def schema(self):
        """The `Schema` of the users, with every id that there is in its table."""
        return Schema(
            features=columns.features(self._tables()),
            splits=days.SPLITS,
            num_users=self.num_users,
            extra=("true_ctr",),
        )

    @cached_property
    def ads(self):
        """What `ad_feature.csv` holds, without text: name to array `[A]`."""
        ad = np.arange(len(self.things.ad_price))
        return {
            "adgroup": ad + 1,
            "cate": self.things.ad_category + 1,
            "campaign": ad // truth.ADS_PER_CAMPAIGN + 1,
            "customer": ad // truth.ADS_PER_CUSTOMER + 1,
            "brand": self.things.ad_brand + 1,
            "price": self.things.ad_price,
        }

    def raw_user(self, number):
        """What the raw files hold of user `number`, from 0, and what they do not.

        Returns:
            `(profile, behaviours, impressions)`: name to text, or None where there is
            no profile; name to array `[n]`, sorted, all different; name to array
            `[m]`, sorted, with `length` (behaviours that are earlier) and `true_ctr`.
        """
        rng = generator(self.seed, number + 1)
        taste = truth.draw_taste(rng, self.things)
        behaviours = self._draw_behaviours(rng, taste)
        impressions = self._draw_impressions(rng, taste, behaviours)
        return _draw_profile(rng, taste), behaviours, impressions

    def user(self, number):
        """Returns the columns of user `number`, from 0, as 1-D arrays by name."""
        profile, behaviours, impressions = self.raw_user(number)
        profile = profile or dict.fromkeys(columns.PROFILE, "")
        length, time = impressions["length"], impressions["time"]
        seen, length = seen_behaviours(
            np.zeros_like(length), length, self.sequence_length, len(behaviours["time"])
        )
        ad = impressions["ad"]
        shown = {name: self.ads[name][ad] for name in columns.AD}
        return {
            "user_key": np.array([number + 1]),
            "user/user": np.array([number + 1]),
            **{f"user/{n}": np.array([v], object) for n, v in profile.items()},
            "history_time": behaviours["time"][seen],
            **{f"history/{n}": behaviours[n][seen] for n in columns.BEHAVIOUR},
            "impression_time": time,
            "history_length": length,
            "label": impressions["clk"].astype(np.float32),
            "true_ctr": impressions["true_ctr"].astype(np.float32),
            **{f"target/{name}": values for name, values in shown.items()},
            "target/btag": np.zeros(len(time), np.int64),
            "target/price": columns.price_column(self.ads["price"][ad]),
            "context/pid": _PIDS[impressions["pid"]],
            **days.clock_columns(time),
        }

    def _tables(self):
        sizes = {
            name: int(self.ads[name].max()) for name in ("adgroup", *columns.AD[2:4])
        }
        sizes |= {"user": self.num_users, "cate": truth.NUM_CATEGORIES}
        sizes["brand"] = truth.NUM_CATEGORIES * truth.BRANDS_PER_CATEGORY
        words = {
            name: [str(first + place) for place in range(count)]
            for name, (count, first, _) in _PROFILE.items()
        }
        words["pid"] = _PIDS.tolist()
        tables = {name: Table(name, "dense", size) for name, size in sizes.items()}
        for name, ids in words.items():
            tables[name] = Table(name, "vocabulary", len(ids), ids)
        return tables

    def _draw_behaviours(self, rng, taste):
        count = _count(rng, _BEHAVIOURS, _MOST_BEHAVIOURS)
        time = rng.integers(days.FIRST_BEHAVIOUR, days.END, count)
        category, brand = truth.draw_things_done(
            rng, self.things, taste, time - days.FIRST_BEHAVIOUR
        )
        btag = truth.draw(rng, _BTAG_STEPS, count) + 1
        return _sorted_once(
            {"time": time, "cate": category + 1, "brand": brand + 1, "btag": btag}
        )

    def _draw_impressions(self, rng, taste, behaviours):
        count = max(1, _count(rng, _IMPRESSIONS, _MOST_IMPRESSIONS))
        time = np.sort(rng.integers(days.FIRST_IMPRESSION, days.END, count))
        ad = truth.draw_ads(rng, self.things, taste, count)
        length = np.searchsorted(behaviours["time"], time)
        logit = truth.click_logit(
            self.things,
            taste,
            ad,
            length,
            behaviours["cate"] - 1,
            behaviours["brand"] - 1,
        )
        true_ctr = 1 / (1 + np.exp(-logit))
        pid, clk = rng.integers(0, 2, count), rng.random(count) < true_ctr
        rows = {"time": time, "ad": ad, "pid": pid, "clk": clk, "length": length}
        order = np.lexsort([clk, pid, ad, time])
        rows["true_ctr"] = true_ctr
        return {name: values[order] for name, values in rows.items()}


def _sorted_once(rows):
    """Rows sorted by their columns, the first before the next, without repetitions."""
    packed = np.zeros(len(rows["time"]), np.int64)
    for values, bits in zip(rows.values(), _BITS, strict=True):
        packed = (packed << bits) | values
    packed, unpacked = np.unique(packed), {}
    for name, bits in zip(reversed(rows), reversed(_BITS), strict=True):
        unpacked[name] = packed & ((1 << bits) - 1)
        packed = packed >> bits
    return {name: unpacked[name] for name in rows}


def _draw_profile(rng, taste):
    """Name to text, `""` for no value; None for no profile."""
    point, none = rng.random((2, len(_PROFILE)))
    profile = {
        name: "" if chance < missing else str(first + int(place * count))
        for (name, (count, first, missing)), place, chance in zip(
            _PROFILE.items(), point, none, strict=True
        )
    }
    profile["cms_group_id"] = str(taste.group)
    return None if rng.random() < _NO_PROFILE else profile


def _count(rng, mean, most):
    """A number of which most are small, of this mean but for the cut."""
    middle = np.log(mean) - _SPREAD**2 / 2
    return int(min(np.exp(rng.normal(middle, _SPREAD)), most))
