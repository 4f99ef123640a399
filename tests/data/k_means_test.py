"""Tests of k-means: groups that are plain to see, and what Lloyd's rounds end in."""

import numpy as np

from diffumin_tf.data.k_means import k_means, squared_distances
from tests.testing import arrays


def test_groups_far_apart_are_found():
    points = np.array([[0.0, 0], [0, 1], [9, 9], [9, 8], [1, 0]])
    # Of two starts in one group, a mean of the other still takes that one over.
    for seed in range(5):
        found = k_means(points, 2, np.random.default_rng(seed))
        assert len({*found[[0, 1, 4]]}) == len({*found[[2, 3]]}) == 1
        assert found[0] != found[2]


def test_each_point_is_nearest_to_its_own_group_s_mean():
    points = arrays(3, (200, 3))
    found = k_means(points, 6, np.random.default_rng(0), num_rounds=500)
    assert set(found) == set(range(6))
    means = np.stack([points[found == group].mean(axis=0) for group in range(6)])
    np.testing.assert_array_equal(squared_distances(points, means).argmin(1), found)


def test_fewer_places_than_groups():
    points = np.repeat([[1.0, 2], [3, 4]], 4, axis=0)
    found = k_means(points, 5, np.random.default_rng(0))
    np.testing.assert_array_equal(found, np.repeat([0, 1], 4))


def test_squared_distances_by_hand():
    found = squared_distances(
        np.array([[3.0, 4], [0, 0]]), np.array([[0.0, 0], [3, 0]])
    )
    np.testing.assert_allclose(found, [[25, 16], [0, 9]])
