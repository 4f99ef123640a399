import numpy as np
import pytest

from diffumin_tf.case_study.case import Case
from diffumin_tf.case_study.interest_map import check_perplexity, interest_map
from diffumin_tf.case_study.point import TARGET, TWIN, Point
from tests.case_study.small_case import small_case

NUM_SHOWN = 10  # One of the eleven points is zero.


def two_bundles():
    """Twelve directions around each of two, their lengths from 0.001 to 1000."""
    rng = np.random.default_rng(0)
    ends = np.repeat(np.eye(2, 8), 12, axis=0) + 0.05 * rng.normal(size=(24, 8))
    vectors = ends * 10.0 ** rng.integers(-3, 4, (24, 1))
    points = [Point(TWIN, vector) for vector in vectors]
    return Case(1, (Point(TARGET, vectors[0]), *points[1:]))


def test_like_directions_are_neighbours_whatever_their_lengths():
    places = interest_map(two_bundles())
    apart = np.linalg.norm(places[:, None] - places, axis=-1)
    np.fill_diagonal(apart, np.inf)
    is_second = np.arange(24) >= 12
    np.testing.assert_array_equal(is_second[apart.argmin(axis=1)], is_second)


def test_a_zero_vector_has_no_place():
    places = interest_map(small_case())
    assert places.shape == (11, 2)
    np.testing.assert_array_equal(np.isnan(places).all(axis=1), np.arange(11) == 6)
    assert np.isnan(places).sum() == 2


def test_the_seed_alone_decides():
    case = two_bundles()
    places = interest_map(case)
    np.testing.assert_array_equal(interest_map(case), places)
    assert np.abs(interest_map(case, seed=1) - places).max() > 1  # Of about 100.
    # One channel without draws, the least there is.
    few = Case(1, small_case().points[:3])
    assert np.isfinite(interest_map(few)).all()


def test_error_perplexity_and_number_of_points():
    case = small_case()
    assert np.isfinite(interest_map(case, NUM_SHOWN - 0.5)).any()
    with pytest.raises(ValueError, match="below the number.*10.0 for 10 points of.* 5"):
        interest_map(case, float(NUM_SHOWN))


@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_error_perplexity(value):
    with pytest.raises(ValueError, match="perplexity must be positive. Received"):
        check_perplexity(value)
    check_perplexity(None)
