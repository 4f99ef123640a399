"""Tests of TWIN's attention: its scores, its search, the two together."""

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.layers import TWINAttention
from diffumin_tf.layers.gather_behaviours import gather_behaviours
from tests.testing import arrays, randomise, run_layer_test

B, L, D, C, H, K, WIDTH = 4, 7, 6, 2, 2, 3, 5
LENGTHS = np.array([7, 2, 0, 4])
MASK = np.arange(L) < LENGTHS[:, None]
HISTORY, TARGET, CROSS = arrays(0, (B, L, D), (B, D), (B, L, C))


def built(num_selected=K):
    layer = TWINAttention(num_selected, H, WIDTH, dtype="float64")
    layer.build((None, None, D), (None, None, C))
    return randomise(layer)


def head(layer, name, number):
    """A head's part of a kernel."""
    kernel = getattr(layer, f"{name}_kernel").numpy()
    return kernel[:, number * WIDTH : (number + 1) * WIDTH]


def slow_scores(layer, row):
    """α of one row, `[h, l]`, a behaviour at a time."""
    scores = np.zeros((H, L))
    for number, place in np.ndindex(H, L):
        query = TARGET[row] @ head(layer, "query", number)
        key = HISTORY[row, place] @ head(layer, "key", number)
        cross = CROSS[row, place] @ layer.cross_kernel.numpy()[:, number]
        scores[number, place] = key @ query / np.sqrt(WIDTH) + cross
    return scores


def slow_attention(layer, row, members):
    """The output of one row over the behaviours at the places `members`."""
    heads, scores = [], slow_scores(layer, row)
    for number in range(H):
        weights = np.exp(scores[number, members])
        both = np.concatenate([HISTORY[row, members], CROSS[row, members]], axis=1)
        value = both @ head(layer, "value", number)
        heads.append(weights @ value / max(weights.sum(), 1e-300))
    return np.concatenate(heads) @ layer.output_kernel.numpy()


def both_stages(layer, history=HISTORY, target=TARGET, cross=CROSS, mask=MASK):
    positions, chosen = layer.search(history, target, mask, cross)
    found = (gather_behaviours(stored, positions) for stored in (history, cross))
    behaviours, cross = found
    return layer(behaviours, target, cross, chosen)


def test_both_stages_equal_the_loops():
    layer = built()
    positions, chosen = layer.search(HISTORY, TARGET, MASK, CROSS)
    found = both_stages(layer)
    for row, length in enumerate(LENGTHS):
        scores = slow_scores(layer, row)[:, :length]
        lists = np.argsort(-scores, axis=1, kind="stable")
        walk = list(dict.fromkeys(lists.T.ravel().tolist()))[:K]
        np.testing.assert_array_equal(positions[row][chosen[row]], walk)
        wanted = slow_attention(layer, row, walk)
        np.testing.assert_allclose(found[row], wanted, rtol=1e-10)
    np.testing.assert_array_equal(found[2], 0)  # an empty history


def test_both_stages_score_with_the_same_weights():
    layer = built()
    names = {weight.name for weight in layer.weights}
    assert names == {f"{n}_kernel" for n in "query key cross value output".split()}
    layer.query_kernel.assign(0 * layer.query_kernel)
    layer.cross_kernel.assign([[1, 0], [0, 1]])
    positions, _ = layer.search(HISTORY, TARGET, MASK, CROSS)
    # The first head now ranks by the first cross feature, the second by the other.
    best = np.argmax(CROSS[0], axis=0)
    np.testing.assert_array_equal(positions[0][:2], best)


@pytest.mark.parametrize("count", [L, L + 5])
def test_enough_room_is_full_attention_with_its_gradients(count):
    layer, values = built(count), []
    for attend in (both_stages, lambda layer: layer(HISTORY, TARGET, CROSS, MASK)):
        with tf.GradientTape() as tape:
            output = attend(layer)
            total = tf.reduce_sum(output**2)
        weights = [weight.value for weight in layer.trainable_weights]
        values.append([output, *tape.gradient(total, weights)])
    for found, wanted in zip(*values, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12)
        assert np.any(wanted)


def test_the_search_has_no_gradient():
    layer = built()
    with tf.GradientTape() as tape:
        positions, _ = layer.search(HISTORY, TARGET, MASK, CROSS)
        history = tf.constant(HISTORY)
        tape.watch(history)
        total = tf.reduce_sum(gather_behaviours(history, positions))
    found = tape.gradient(total, [history, *(w.value for w in layer.weights)])
    assert found[0] is not None and not any(g is not None for g in found[1:])


def test_rows_that_share_a_history():
    layer, users = built(), np.array([1, 0, 1, 3])
    found = layer.search(HISTORY, TARGET, MASK, CROSS, users)
    wanted = layer.search(HISTORY[users], TARGET, MASK, CROSS)
    for one, two in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one, two)


def test_what_is_not_chosen_changes_nothing():
    layer, changed = built(), HISTORY.copy()
    positions, chosen = layer.search(HISTORY, TARGET, MASK, CROSS)
    wanted = both_stages(layer)
    for row in range(B):
        others = np.setdiff1d(np.arange(L), positions[row][chosen[row]])
        # Padding may be anything; a valid behaviour that lost may vanish.
        changed[row, others] *= np.where(MASK[row, others], 1, 1e6)[:, None]
    np.testing.assert_array_equal(both_stages(layer, changed), wanted)


@pytest.mark.parametrize("name", ["num_selected", "num_heads", "key_dim"])
def test_numbers_must_be_positive(name):
    with pytest.raises(ValueError, match=f"{name} must be positive; received 0"):
        TWINAttention(**{name: 0})


def test_layer():
    def make(dtype):
        layer = TWINAttention(K, H, dtype=dtype)
        layer.build = lambda _, build=layer.build: build((None, L, D), (None, L, C))
        return layer

    # d_k = 6 / 2; query and key 6·6, β 2·2, value (6 + 2)·6, output 6·6.
    inputs = [HISTORY, TARGET, CROSS, MASK]
    run_layer_test(make, inputs, 36 + 36 + 4 + 48 + 36)
