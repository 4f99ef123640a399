"""Tests of SIM-soft's search, behaviour by behaviour."""

import numpy as np
import pytest

from diffumin_tf.layers import SoftSearch
from tests.testing import arrays, gradients, randomise, run_layer_test

B, L, D, K, WIDTH = 4, 7, 6, 3, 2
LENGTHS = np.array([7, 2, 0, 4])
MASK = np.arange(L) < LENGTHS[:, None]
HISTORY, TARGET = arrays(0, (B, L, D), (B, D))


def built():
    layer = SoftSearch(K, WIDTH, dtype="float64")
    layer.build((None, None, D))
    return randomise(layer)


def slow_scores(layer, history, target):
    """s of one row."""
    asked = target @ layer.target_kernel.numpy()
    return np.array([(e @ layer.behaviour_kernel.numpy()) @ asked for e in history])


def test_equals_the_loops():
    layer = built()
    positions, chosen, pooled = layer(HISTORY, TARGET, MASK)
    for row, length in enumerate(LENGTHS):
        history, wanted = HISTORY[row, :length], np.zeros(D)
        scores = slow_scores(layer, history, TARGET[row])
        for score, behaviour in zip(scores, history, strict=True):
            wanted += score * behaviour
        np.testing.assert_allclose(pooled[row], wanted, rtol=1e-10)
        best = np.argsort(-scores)[:K]
        np.testing.assert_array_equal(positions[row][chosen[row]], best)


def test_padding_never_outranks_a_behaviour_of_negative_score():
    layer = built()
    # Each behaviour is against what its target asks for; padding scores 0 or better.
    asked = TARGET @ layer.target_kernel.numpy() @ layer.behaviour_kernel.numpy().T
    against = -np.abs(HISTORY[..., :1]) * asked[:, None]
    for padding in (0.0, 5.0 * asked[:, None]):
        history = np.where(MASK[..., None], against, padding)
        scores = np.asarray(layer.scores(history, TARGET))
        assert (scores[MASK] < 0).all() and (scores[~MASK] >= 0).all()
        positions, chosen, _ = layer(history, TARGET, MASK)
        for row, length in enumerate(LENGTHS):
            found = np.asarray(positions[row])[np.asarray(chosen[row])]
            assert len(found) == min(length, K) and (found < length).all()


def test_padding_has_no_share_and_no_gradient():
    layer = built()
    changed = np.where(MASK[..., None], HISTORY, 1e3)
    wanted = layer(HISTORY, TARGET, MASK)[2]
    np.testing.assert_array_equal(layer(changed, TARGET, MASK)[2], wanted)
    found = gradients(lambda h: layer(h, TARGET, MASK)[2], HISTORY)
    assert np.any(found[MASK]) and not np.any(found[~MASK])


@pytest.mark.parametrize("users", [np.array([1, 0, 1, 1]), None])
def test_rows_that_share_a_history(users):
    layer = built()
    found = layer(HISTORY[:2], TARGET, MASK, users)
    wanted = layer(HISTORY[[0, 0, 1, 1] if users is None else users], TARGET, MASK)
    for one, two in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-12)


@pytest.mark.parametrize("name", ["num_selected", "search_dim"])
def test_numbers_must_be_positive(name):
    with pytest.raises(ValueError, match=f"{name} must be positive; received 0"):
        SoftSearch(**{name: 0})


def test_layer():
    run_layer_test(
        lambda dtype: SoftSearch(K, WIDTH, dtype=dtype),
        [HISTORY, TARGET, MASK],
        2 * D * WIDTH,
    )
