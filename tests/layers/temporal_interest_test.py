"""Tests of TIN's pooling against an explicit loop."""

import numpy as np
import pytest

from diffumin_tf.layers import TemporalInterest
from tests.testing import arrays, in_graph, randomise, run_layer_test

B, L, D, POSITIONS = 4, 6, 3, 4
START, LENGTHS = np.array([0, 3, 0, 5], "int32"), np.array([6, 2, 0, 1])
AGE = np.arange(L) - START[:, None]
MASK = (AGE >= 0) & (AGE < LENGTHS[:, None])
HISTORY, TARGET = arrays(0, (B, L, D), (B, D))


def built(**options):
    layer = TemporalInterest(POSITIONS, dtype="float64")
    layer.build((None, None, D))
    return randomise(layer)


def slow_row(layer, behaviours, target):
    """The formula for one row, its most recent behaviour first."""
    encodings, last = layer.encodings.numpy(), layer.num_positions
    asked, weights, spoken = target + encodings[0], [], []
    for age, behaviour in enumerate(behaviours, start=1):
        known = behaviour + encodings[min(age, last)]
        weights.append(np.exp(known @ asked))
        spoken.append(known * asked)
    if not spoken:
        return np.zeros_like(target)
    return np.array(weights) @ np.array(spoken) / sum(weights)


def test_equals_the_explicit_loop():
    layer = built()
    found = layer(HISTORY, TARGET, MASK, START)
    for row, (start, length) in enumerate(zip(START, LENGTHS, strict=True)):
        behaviours = HISTORY[row, start : start + length]
        wanted = slow_row(layer, behaviours, TARGET[row])
        np.testing.assert_allclose(found[row], wanted, rtol=1e-10, atol=0)
    np.testing.assert_array_equal(found[2], 0)  # an empty history


def test_when_a_behaviour_was_counts():
    layer = built()
    swapped = HISTORY[:1, [1, 0, 2, 3, 4, 5]]
    one = layer(HISTORY[:1], TARGET[:1], MASK[:1], START[:1])
    two = layer(swapped, TARGET[:1], MASK[:1], START[:1])
    assert np.all(np.asarray(one) != np.asarray(two))
    # Behind the last encoding all are equally old.
    swapped = HISTORY[:1, [0, 1, 2, 4, 3, 5]]
    two = layer(swapped, TARGET[:1], MASK[:1], START[:1])
    np.testing.assert_allclose(two, one, rtol=1e-12)


def test_what_a_row_may_not_see_changes_nothing():
    layer, history = built(), HISTORY.copy()
    wanted = layer(history, TARGET, MASK, START)
    history[~MASK] += 50.0
    np.testing.assert_array_equal(layer(history, TARGET, MASK, START), wanted)


@pytest.mark.parametrize("users", [[1, 0, 1, 1], None])
def test_rows_that_share_a_history(users):
    layer = built()
    found = layer(HISTORY[:2], TARGET, MASK, START, users and np.array(users))
    wanted = layer(HISTORY[users or [0, 0, 1, 1]], TARGET, MASK, START)
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


def test_no_second_tensor_of_the_history_s_size():
    call = in_graph(built()).get_concrete_function(HISTORY, TARGET, MASK, START)
    operations = call.graph.get_operations()
    large = [
        op
        for op in operations
        if op.type != "Placeholder" and [B, L, D] in [out.shape for out in op.outputs]
    ]
    assert not large


def test_num_positions_must_be_positive():
    with pytest.raises(ValueError, match="num_positions must be positive; received 0"):
        TemporalInterest(0)


def test_layer():
    run_layer_test(
        lambda dtype: TemporalInterest(POSITIONS, dtype=dtype),
        [HISTORY, TARGET, MASK],
        trainable=(1 + POSITIONS) * D,
        call=lambda layer, *tensors: layer(*tensors, START),
    )
