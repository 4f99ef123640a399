import math

import numpy as np
import pytest

from diffumin_tf.data import industry_world_truth as truth


def _things():
    return truth.draw_things(np.random.default_rng(0))


def _tastes(count):
    rng, things = np.random.default_rng(1), _things()
    return [truth.draw_taste(rng, things) for _ in range(count)]


def test_popularity_is_zipf():
    things = _things()
    ranked = np.sort(things.category_popularity)[::-1]
    assert ranked.sum() == pytest.approx(1.0)
    assert ranked[0] / ranked[99] == pytest.approx(100**0.6)
    assert not np.array_equal(ranked, things.category_popularity)
    assert things.area_popularity[0] / things.area_popularity[9] == pytest.approx(
        10**0.6
    )


def test_qualities_have_their_spread():
    things = _things()
    # The standard error of a deviation s from n draws is s / sqrt(2 n).
    assert things.item_quality.std() == pytest.approx(0.35, abs=0.003)
    assert things.category_quality.std() == pytest.approx(0.25, abs=0.025)


def test_interests_are_distinct_topics_with_two_categories_each():
    for taste in _tastes(50):
        assert len(set(taste.topics)) == len(taste.topics) >= 4
        assert taste.weights.sum() == pytest.approx(1.0)
        assert np.all(taste.categories // 8 == taste.topics[:, None])
        assert np.all(taste.categories[:, 0] != taste.categories[:, 1])
        assert len(set(taste.areas)) == 4


def test_interests_number_eight_on_average():
    counts = [len(taste.topics) for taste in _tastes(500)]
    assert np.mean(counts) == pytest.approx(8.0, abs=0.3)  # 2 / sqrt(500) = 0.09.


def test_spells_are_on_a_quarter_of_the_time_for_25_days():
    active = np.concatenate([taste.active for taste in _tastes(500)])
    assert active.mean() == pytest.approx(0.25, abs=0.01)
    assert active[:, 0].mean() == pytest.approx(0.25, abs=0.03)
    # An interest that is on is off a day later with a chance of nearly
    # 1 - exp(-1/25), less the short gaps that pass unseen.
    goes_off = (active[:, :-1] & ~active[:, 1:]).sum() / active[:, :-1].sum()
    assert goes_off == pytest.approx(1 - math.exp(-1 / 25), rel=0.05)


def test_click_logit_by_hand():
    things = truth.Things(
        category_popularity=np.full(truth.NUM_CATEGORIES, 1 / 512),
        area_popularity=np.full(truth.NUM_AREAS, 1 / 200),
        item_quality=np.full(truth.NUM_ITEMS, 0.02),
        category_quality=np.full(truth.NUM_CATEGORIES, 0.03),
        segment_bias=np.arange(8) / 100,
    )
    active = np.zeros((2, truth.DAYS), bool)
    active[1, 360] = True
    taste = truth.Taste(
        topics=np.array([5, 2]),
        weights=np.array([0.6, 0.4]),
        categories=np.array([[40, 41], [20, 16]]),
        areas=np.array([7, 8, 9, 10]),
        active=active,
        segment=6,
        bias=0.1,
    )
    rest = -3.2 + 0.02 + 0.03 + 0.1 + 0.06
    expected = [
        # The second category of the interest that is on; the second area; 3 visits;
        # 6 o'clock.
        rest
        + 1.8 * math.sqrt(0.4 * 0.3)
        + 0.8 * math.sqrt(0.4)
        + 0.9 * math.sqrt(0.3)
        + 1.5 * math.sqrt(0.4 * 0.3 * 0.3)
        + 0.25 * math.log(4)
        + 0.4
        + 0.3,
        # Another category of the topic of the interest that is off; a strange area;
        # 18 o'clock.
        rest + 0.8 * math.sqrt(0.6) - 0.3,
        # Nothing of the user's; midnight.
        rest,
    ]
    logit = truth.click_logit(
        things,
        taste,
        category=np.array([16, 47, 100]),
        area=np.array([8, 3, 3]),
        item=np.array([0, 1, 2]),
        day=np.array([360, 360, 361]),
        hour=np.array([6, 18, 24]),
        visits=np.array([3, 0, 0]),
    )
    np.testing.assert_allclose(logit, expected, rtol=1e-12)
