import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.data.shuffled_windows import shuffled_windows


def shuffled(count, size, seed):
    windows = tf.data.Dataset.range(count).batch(size)
    return [w.tolist() for w in shuffled_windows(windows, seed).as_numpy_iterator()]


def test_elements_stay_in_their_window():
    found = shuffled(10, 4, [1, 0])
    assert [sorted(window) for window in found] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


def test_the_order_is_of_seed_and_window_alone():
    want = shuffled(60, 30, [1, 0])
    tf.random.set_seed(1234)
    assert shuffled(60, 30, [1, 0]) == want
    assert shuffled(30, 30, [1, 0]) == want[:1]
    assert shuffled(60, 30, [2, 0]) != want
    assert shuffled(60, 30, [1, 1]) != want
    assert [n - 30 for n in want[1]] != want[0]


@pytest.mark.parametrize("ragged_first", [True, False])
def test_columns_are_shuffled_alike(ragged_first):
    def element(n):
        columns = {"one": tf.range(n % 3), "two": tf.fill([2], n)}
        return columns if ragged_first else {"zero": n, **columns}

    windows = tf.data.Dataset.range(20).map(element).ragged_batch(20)
    (window,) = shuffled_windows(windows, [0, 0])
    numbers = [int(pair[0]) for pair in window["two"]]
    assert sorted(numbers) == list(range(20)) != numbers
    for row, n in zip(window["one"], numbers, strict=True):
        np.testing.assert_array_equal(row, range(n % 3))
    if not ragged_first:
        np.testing.assert_array_equal(window["zero"], numbers)
