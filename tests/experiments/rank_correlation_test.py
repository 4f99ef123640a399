import numpy as np
import pytest

from diffumin_tf.experiments.rank_correlation import rank_correlation


def test_correlation_by_hand():
    assert rank_correlation([0.1, 0.2, 0.9], [5, 6, 7]) == pytest.approx(1)
    assert rank_correlation([0.1, 0.2, 0.9], [7, 6, 5]) == pytest.approx(-1)
    # Ranks 1 2 3 4 and 2 1 4 3: 1 - 6 * 4 / (4 * 15).
    assert rank_correlation([1, 2, 3, 4], [20, 10, 40, 30]) == pytest.approx(0.6)


def test_equal_values_share_the_mean_of_their_ranks():
    # Ranks 1.5 1.5 3 and 1 2 3, less 2: the product over the root of 1.5 * 2.
    expected = 1.5 / np.sqrt(1.5 * 2)
    assert rank_correlation([0.5, 0.5, 0.7], [1, 2, 3]) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("first", "second"), [([1, 2], [3, 4]), ([1, 1, 1], [1, 2, 3])]
)
def test_none_where_there_is_no_order(first, second):
    assert rank_correlation(first, second) is None
