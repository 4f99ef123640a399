"""Tests of the history rows: hand-computed windows of one user."""

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.data.windows import HistoryWindows


def cut(prefix, *, length=3, slack=1, batch_size=100, grouped=True, count=0, n=6):
    """Rows and windows of a user whose behaviours are 1 to n, at times 10 to 10n."""
    windows = HistoryWindows(batch_size, length, slack if grouped else 0, grouped)
    behaviours = tf.range(1, n + 1)
    user = {
        "prefix": tf.constant(prefix, tf.int32),
        "history": tf.stack([behaviours, 100 * behaviours], axis=1),
        "history_time": tf.cast(10 * behaviours, tf.int64),
        "label": tf.zeros([len(prefix)]),
    }
    after, user = windows.place(tf.constant(count), user)
    user = windows.cut(user)
    assert set(user) == {
        "history",
        "history_time",
        "history_start",
        "history_length",
        "label",
    }
    return int(after), user


def rows_of(user):
    """History rows (first field), and for each impression how many it opens."""
    history = user["history"]
    np.testing.assert_array_equal(history.values[..., 1], 100 * history.values[..., 0])
    np.testing.assert_array_equal(
        user["history_time"].values, 10 * history.values[..., 0]
    )
    return history.values[..., 0].numpy().tolist(), history.row_lengths().numpy()


def test_impressions_of_one_slack_bin_share_a_row_most_recent_first():
    # (6 - n) // 2 is 2, 1, 0, 0.
    _, user = cut([2, 4, 5, 6])
    rows, opens = rows_of(user)
    assert rows == [[2, 1, 0, 0], [4, 3, 2, 0], [6, 5, 4, 3]]
    np.testing.assert_array_equal(opens, [1, 1, 1, 0])
    np.testing.assert_array_equal(user["history_start"], [0, 0, 1, 0])
    np.testing.assert_array_equal(user["history_length"], [2, 3, 3, 3])


def test_impressions_of_one_prefix_share_a_row_without_slack():
    _, user = cut([5, 5, 6], slack=0)
    rows, opens = rows_of(user)
    assert rows == [[5, 4, 3], [6, 5, 4]]
    np.testing.assert_array_equal(opens, [1, 0, 1])


def test_behaviours_between_two_windows_are_padding():
    _, user = cut([2, 6], length=1, slack=4)
    rows, _ = rows_of(user)
    assert rows == [[6, 0, 0, 0, 2]]
    np.testing.assert_array_equal(user["history_start"], [4, 0])
    np.testing.assert_array_equal(user["history_length"], [1, 1])


def test_ungrouped_impressions_each_have_a_row_of_the_sequence_length():
    _, user = cut([0, 2, 6], grouped=False)
    rows, opens = rows_of(user)
    assert rows == [[0, 0, 0], [2, 1, 0], [6, 5, 4]]
    np.testing.assert_array_equal(opens, [1, 1, 1])
    np.testing.assert_array_equal(user["history_start"], [0, 0, 0])


def test_a_user_without_behaviours_has_an_empty_row():
    _, user = cut([0, 0], n=0)
    rows, opens = rows_of(user)
    assert rows == [[0, 0, 0, 0]]
    np.testing.assert_array_equal(opens, [1, 0])
    np.testing.assert_array_equal(user["history_length"], [0, 0])


def test_a_new_batch_opens_a_row_that_ends_at_its_own_impressions():
    # The batches of two are (5, 5) and (6).
    after, user = cut([5, 5, 6], batch_size=2)
    rows, opens = rows_of(user)
    assert rows == [[5, 4, 3, 0], [6, 5, 4, 0]]
    np.testing.assert_array_equal(opens, [1, 0, 1])
    assert after == 1


@pytest.mark.parametrize(
    ("count", "opens"),
    [(0, [1, 0, 0, 1, 0]), (1, [1, 0, 1, 0, 0]), (2, [1, 1, 0, 0, 1])],
)
def test_batches_of_three_split_a_user_by_the_impressions_before(count, opens):
    after, user = cut([6] * 5, batch_size=3, count=count)
    np.testing.assert_array_equal(rows_of(user)[1], opens)
    assert after == (count + 5) % 3
