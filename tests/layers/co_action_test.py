"""Tests of CAN's co-action unit against a micro-MLP run pair by pair."""

import numpy as np
import pytest

from diffumin_tf.layers import CoAction
from tests.testing import arrays, in_graph, run_layer_test

B, L, F = 4, 6, 2
LENGTHS = np.array([6, 2, 0, 1])
MASK = np.arange(L) < LENGTHS[:, None]
SHAPES = {
    "paper": {"input_dim": 4, "hidden_units": (4,) * 8, "num_orders": 2},
    "released": {
        "input_dim": 16,
        "hidden_units": (8, 4),
        "num_orders": 3,
        "use_bias": False,
    },
}


def inputs(layer, seed=0):
    widths = F * layer.input_dim, F * layer.num_parameters
    return arrays(seed, (B, L, widths[0]), (B, widths[1]))


def slow_pair(layer, induction, parameters):
    """What one field of one behaviour gives under one field of a target."""
    found = []
    for order in range(1, layer.num_orders + 1):
        x, place = induction**order, 0
        for index, units in enumerate(layer.hidden_units):
            size = len(x) * units
            x = x @ parameters[place : place + size].reshape(-1, units)
            place += size
            if layer.use_bias:
                x, place = x + parameters[place : place + units], place + units
            if index < len(layer.hidden_units) - 1:
                x = np.tanh(x)
            found.append(x)
        assert place == len(parameters)
    return np.concatenate(found)


def slow(layer, inductions, parameters, lengths=LENGTHS):
    """The layer's output, a pair at a time."""
    rows = []
    for history, networks, length in zip(inductions, parameters, lengths, strict=True):
        sums = np.zeros((F, layer.output_dim))
        for behaviour in history[:length]:
            pairs = zip(np.split(behaviour, F), np.split(networks, F), strict=True)
            sums += [slow_pair(layer, *pair) for pair in pairs]
        rows.append(sums.ravel())
    return np.array(rows)


@pytest.mark.parametrize("name", SHAPES)
def test_equals_the_explicit_pairs(name):
    layer = CoAction(**SHAPES[name], dtype="float64")
    found = layer(*inputs(layer), MASK)
    np.testing.assert_allclose(found, slow(layer, *inputs(layer)), 1e-9, 1e-12)
    np.testing.assert_array_equal(found[2], 0)  # an empty history


def test_sizes_of_the_paper_and_of_the_released_code():
    paper, released = (CoAction(**SHAPES[name]) for name in ("paper", "released"))
    assert paper.get_config() | {"name": ""} == CoAction().get_config() | {"name": ""}
    assert (paper.num_parameters, paper.output_dim) == (8 * (16 + 4), 2 * 32)
    assert (released.num_parameters, released.output_dim) == (16 * 8 + 8 * 4, 3 * 12)


def test_a_pair_worked_out_by_hand():
    layer = CoAction(1, (1, 1), num_orders=2, dtype="float64")
    # W_1 = 2, b_1 = −1, W_2 = 3, b_2 = 0.5, and p = 1, then p = 0.5.
    history, parameters = np.array([[[1.0], [0.5]]]), np.array([[2, -1, 3, 0.5]])
    found = layer(history, parameters, np.ones((1, 2), bool))
    first = np.tanh([2 * 1 - 1, 2 * 0.5 - 1])
    squared = np.tanh([2 * 1 - 1, 2 * 0.25 - 1])
    wanted = [first.sum(), (3 * first + 0.5).sum()]
    wanted += [squared.sum(), (3 * squared + 0.5).sum()]
    np.testing.assert_allclose(found[0], wanted, rtol=1e-12)


def test_what_a_row_may_not_see_changes_nothing():
    layer = CoAction(dtype="float64")
    history, parameters = inputs(layer)
    wanted = layer(history, parameters, MASK)
    history[~MASK] += 50.0
    np.testing.assert_array_equal(layer(history, parameters, MASK), wanted)


@pytest.mark.parametrize("users", [[1, 0, 1, 1], None])
def test_rows_that_share_a_history(users):
    layer = CoAction(dtype="float64")
    history, parameters = inputs(layer)
    found = layer(history[:2], parameters, MASK, users and np.array(users))
    wanted = layer(history[users or [0, 0, 1, 1]], parameters, MASK)
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


def test_targets_alone_decide_what_is_read():
    layer = CoAction(dtype="float64")
    history, parameters = inputs(layer)
    mask = np.ones((2, L), bool)
    one, two = in_graph(layer)(history[[0, 0]], parameters[:2], mask).numpy()
    assert np.all(one != two)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"hidden_units": ()}, r"hidden_units must name.*received \(\)"),
        ({"hidden_units": (4, 0)}, r"each positive; received \(4, 0\)"),
        ({"input_dim": 0}, "input_dim must be positive; received 0"),
        ({"num_orders": 0}, "num_orders must be positive; received 0"),
    ],
)
def test_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        CoAction(**options)


def test_layer():
    def make(dtype):
        return CoAction(3, (2, 2), num_orders=2, dtype=dtype)

    layer = make("float64")
    run_layer_test(
        make,
        [*inputs(layer), MASK],
        trainable=0,
    )
