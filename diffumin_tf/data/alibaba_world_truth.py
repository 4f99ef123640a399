"""The hidden side of the world of Alibaba's shape: ads, tastes, the click's truth.

Ids count from 1; indices here from 0. Brand `c * BRANDS_PER_CATEGORY + b` is of
category c, -1 is none.
"""

from dataclasses import dataclass

import numpy as np

NUM_CATEGORIES = 1_000
BRANDS_PER_CATEGORY = 16
NUM_GROUPS = 13  # Of `cms_group_id`.
NUM_RECENT = 50
ADS_PER_CAMPAIGN, ADS_PER_CUSTOMER = 2, 4

_NUM_INTERESTS = 6
_ZIPF_EXPONENT = 0.8
_NO_BRAND = 0.04
# An interest begins in these days of the 22, so that some are but short.
_INTEREST_STARTS = (-22.0, 22.0)


@dataclass(frozen=True)
class Things:
    """What all users share; A ads, sorted by category.

    Attributes:
        category_steps: `[NUM_CATEGORIES - 1]`, cumulative shares of behaviours.
        ad_category: `[A]`.
        ad_brand: `[A]`.
        ad_price: `[A]`.
        ad_quality: `[A]`, in the logit.
        group_bias: `[NUM_GROUPS]`, in the logit.
    """

    category_steps: np.ndarray
    ad_category: np.ndarray
    ad_brand: np.ndarray
    ad_price: np.ndarray
    ad_quality: np.ndarray
    group_bias: np.ndarray


def draw_things(rng, num_ads):
    """Returns the `Things` of a world."""
    shares = np.arange(1, NUM_CATEGORIES + 1) ** -_ZIPF_EXPONENT
    steps = np.cumsum(rng.permutation(shares / shares.sum()))[:-1]
    category = np.sort(draw(rng, steps, num_ads))
    return Things(
        category_steps=steps,
        ad_category=category,
        ad_brand=_draw_brands(rng, category),
        ad_price=np.round(np.exp(rng.normal(5.0, 1.2, num_ads)), 2),
        ad_quality=rng.normal(0.0, 0.4, num_ads),
        group_bias=rng.normal(0.0, 0.3, NUM_GROUPS),
    )


@dataclass(frozen=True)
class Taste:
    """What a user likes; none of it is stored but the group.

    Attributes:
        categories: `[J]`, the interests.
        steps: `[J - 1]`, cumulative shares of the interests.
        brands: `[J]`, the preferred brand in each.
        starts: `[J]`, seconds since the first day when each begins.
        group: 0 to `NUM_GROUPS - 1`.
        bias: In the logit.
    """

    categories: np.ndarray
    steps: np.ndarray
    brands: np.ndarray
    starts: np.ndarray
    group: int
    bias: float


def draw_taste(rng, things):
    """Returns the `Taste` of a user."""
    categories = draw(rng, things.category_steps, _NUM_INTERESTS)
    weights = np.cumsum(rng.standard_gamma(1.5, _NUM_INTERESTS))
    return Taste(
        categories=categories,
        steps=weights[:-1] / weights[-1],
        brands=_draw_brands(rng, categories),
        starts=rng.uniform(*_INTEREST_STARTS, _NUM_INTERESTS) * 86_400,
        group=int(rng.integers(NUM_GROUPS)),
        bias=rng.normal(0.0, 0.25),
    )


def draw(rng, steps, count):
    """Draws `[count]` indices with the shares whose inner cumulative sums are given."""
    return np.searchsorted(steps, rng.random(count), side="right")


def draw_things_done(rng, things, taste, time):
    """Draws category and brand of behaviours.

    Args:
        rng: The generator.
        things: `Things`.
        taste: The user's `Taste`.
        time: `[n]`, seconds since the first day.

    Returns:
        `(category, brand)`, each `[n]`.
    """
    interest = draw(rng, taste.steps, len(time))
    category = taste.categories[interest]
    popular = (rng.random(len(time)) < 0.3) | (time < taste.starts[interest])
    category[popular] = draw(rng, things.category_steps, popular.sum())
    brand = _draw_brands(rng, category)
    preferred = ~popular & (rng.random(len(time)) < 0.5)
    brand[preferred] = taste.brands[interest[preferred]]
    return category, brand


def draw_ads(rng, things, taste, count):
    """Draws `[count]` ads shown, half of them of the user's interests."""
    num_ads = len(things.ad_category)
    category = taste.categories[draw(rng, taste.steps, count)]
    first, end = (
        np.searchsorted(things.ad_category, category, side)
        for side in ("left", "right")
    )
    place = rng.random(count)
    own = first + (place * (end - first)).astype(np.int64)
    any_ad = (place * num_ads).astype(np.int64)
    return np.where((rng.random(count) < 0.5) & (end > first), own, any_ad)


def click_logit(things, taste, ad, length, category, brand):
    """Returns the true logit of a user's impressions.

    Args:
        things: `Things`.
        taste: The user's `Taste`.
        ad: `[m]`.
        length: `[m]`, how many behaviours are earlier.
        category: `[n]`, of the behaviours, oldest first.
        brand: `[n]`.
    """
    place, length = np.arange(len(category)), length[:, np.newaxis]
    ad_brand = things.ad_brand[ad][:, np.newaxis]
    same = (category == things.ad_category[ad][:, np.newaxis]) & (place < length)
    same_brand = same & (brand == ad_brand) & (ad_brand >= 0)
    recent = same & (place >= length - NUM_RECENT)
    return (
        -5.0
        + 0.45 * np.log1p(same.sum(axis=1))
        + 0.35 * np.log1p(same_brand.sum(axis=1))
        + 0.6 * recent.any(axis=1)
        + things.ad_quality[ad]
        + things.group_bias[taste.group]
        + taste.bias
    )


def _draw_brands(rng, category):
    """A brand for each category `[n]`, the first ones more often, -1 for none."""
    place = (BRANDS_PER_CATEGORY * rng.random(len(category)) ** 2).astype(np.int64)
    none = rng.random(len(category)) < _NO_BRAND
    return np.where(none, -1, category * BRANDS_PER_CATEGORY + place)
