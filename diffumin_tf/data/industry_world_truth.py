"""The hidden side of the industry world: things, tastes and the click's truth.

Indices here count from 0; the stored ids are one higher. An item is
`(category * NUM_AREAS + area) * 2`, plus one for the cell's second item.
"""

from dataclasses import dataclass

import numpy as np

DAYS = 365
SECONDS_PER_DAY = 86_400
NUM_TOPICS = 64
CATEGORIES_PER_TOPIC = 8
NUM_CATEGORIES = NUM_TOPICS * CATEGORIES_PER_TOPIC
NUM_AREAS = 200
ITEMS_PER_CELL = 2
NUM_ITEMS = NUM_CATEGORIES * NUM_AREAS * ITEMS_PER_CELL
NUM_SEGMENTS = 8
CATEGORY_SHARES = np.array([0.7, 0.3])
AREA_SHARES = np.array([0.5, 0.3, 0.1, 0.1])

_ZIPF_EXPONENT = 0.6
_MEAN_DAYS_ON, _MEAN_DAYS_OFF = 25.0, 75.0
# A year holds about 7 spells of an interest; 48 end within it with a chance
# below 1e-19.
_MAX_SPELLS = 48


@dataclass(frozen=True)
class Things:
    """What all users share.

    Attributes:
        category_popularity: `[NUM_CATEGORIES]`, sums to 1.
        area_popularity: `[NUM_AREAS]`, sums to 1.
        item_quality: `[NUM_ITEMS]`, in the logit.
        category_quality: `[NUM_CATEGORIES]`, in the logit.
        segment_bias: `[NUM_SEGMENTS]`, in the logit.
    """

    category_popularity: np.ndarray
    area_popularity: np.ndarray
    item_quality: np.ndarray
    category_quality: np.ndarray
    segment_bias: np.ndarray


def draw_things(rng):
    """Returns the `Things` of a world."""
    return Things(
        category_popularity=rng.permutation(_zipf(NUM_CATEGORIES)),
        area_popularity=_zipf(NUM_AREAS),
        item_quality=rng.normal(0.0, 0.35, NUM_ITEMS),
        category_quality=rng.normal(0.0, 0.25, NUM_CATEGORIES),
        segment_bias=rng.normal(0.0, 0.2, NUM_SEGMENTS),
    )


@dataclass(frozen=True)
class Taste:
    """What a user likes; none of it is stored but the segment.

    Attributes:
        topics: `[J]`, the lasting interests, all different.
        weights: `[J]`, sums to 1.
        categories: `[J, 2]`, of the topic, the preferred one first.
        areas: `[4]`, in the order of `AREA_SHARES`.
        active: `[J, DAYS]` bool, whether an interest is on as a day begins.
        segment: 0 to `NUM_SEGMENTS - 1`.
        bias: In the logit.
    """

    topics: np.ndarray
    weights: np.ndarray
    categories: np.ndarray
    areas: np.ndarray
    active: np.ndarray
    segment: int
    bias: float


def draw_taste(rng, things):
    """Returns the `Taste` of a user."""
    count = min(4 + rng.poisson(4.0), NUM_TOPICS)
    topics = rng.permutation(NUM_TOPICS)[:count]
    preferred = rng.integers(0, CATEGORIES_PER_TOPIC, count)
    step = rng.integers(1, CATEGORIES_PER_TOPIC, count)
    second = (preferred + step) % CATEGORIES_PER_TOPIC
    weights = rng.standard_gamma(1.5, count)
    # The first to arrive of exponential clocks are a draw without replacement.
    arrivals = rng.standard_exponential(NUM_AREAS) / things.area_popularity
    return Taste(
        topics=topics,
        weights=weights / weights.sum(),
        categories=topics[:, None] * CATEGORIES_PER_TOPIC
        + np.stack([preferred, second], axis=1),
        areas=np.argsort(arrivals)[: len(AREA_SHARES)],
        active=_draw_spells(rng, count),
        segment=int(rng.integers(0, NUM_SEGMENTS)),
        bias=rng.normal(0.0, 0.25),
    )


def _zipf(count):
    weights = np.arange(1, count + 1) ** -_ZIPF_EXPONENT
    return weights / weights.sum()


def _draw_spells(rng, count):
    """Returns `[count, DAYS]` bool: interests switching on and off for a year."""
    starts_on = rng.random(count) < _MEAN_DAYS_ON / (_MEAN_DAYS_ON + _MEAN_DAYS_OFF)
    is_on = starts_on[:, None] ^ (np.arange(_MAX_SPELLS) % 2 == 1)
    spells = rng.standard_exponential((count, _MAX_SPELLS))
    spells *= np.where(is_on, _MEAN_DAYS_ON, _MEAN_DAYS_OFF)
    first_day = np.minimum(np.ceil(spells.cumsum(axis=1)), DAYS).astype(np.int64)
    rows = np.arange(count)[:, None] * (DAYS + 1)
    size = count * (DAYS + 1)
    switches = np.bincount((first_day + rows).ravel(), minlength=size)
    switches = switches.reshape(count, DAYS + 1)[:, :DAYS].cumsum(axis=1)
    return starts_on[:, None] ^ (switches % 2 == 1)


def click_logit(things, taste, category, area, item, day, hour, visits):
    """Returns the true logit of a user's impressions.

    Args:
        things: `Things`.
        taste: The user's `Taste`.
        category: `[m]`.
        area: `[m]`.
        item: `[m]`.
        day: `[m]`, 0 to `DAYS - 1`.
        hour: `[m]`, 1 to 24.
        visits: `[m]`, the user's earlier behaviours with the item.
    """
    is_category = taste.categories == category[:, None, None]
    is_topic = taste.topics == (category // CATEGORIES_PER_TOPIC)[:, None]
    root_category = np.sqrt((is_category @ CATEGORY_SHARES) @ taste.weights)
    root_topic = np.sqrt(is_topic @ taste.weights)
    root_area = np.sqrt((taste.areas == area[:, None]) @ AREA_SHARES)
    return (
        -3.2
        + 1.8 * root_category
        + 0.8 * root_topic
        + 0.9 * root_area
        + 1.5 * root_category * root_area
        + 0.25 * np.log1p(visits)
        + 0.4 * (is_topic & taste.active[:, day].T).any(axis=1)
        + things.item_quality[item]
        + things.category_quality[category]
        + taste.bias
        + things.segment_bias[taste.segment]
        + 0.3 * np.sin(2 * np.pi * hour / 24)
    )
