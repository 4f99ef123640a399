"""Tests of the exact selection against a stable sort."""

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.layers.top_k_mask import top_k_mask
from tests.testing import in_graph

select = in_graph(top_k_mask)


def by_sorting(scores, mask, k):
    """The k largest valid entries of each row, the lower index first among equals."""
    kept = np.zeros(np.broadcast(scores, mask).shape, bool)
    mask = np.broadcast_to(mask, kept.shape)
    for row in np.ndindex(kept.shape[:-1]):
        valid = np.flatnonzero(mask[row])
        order = np.argsort(-scores[row][valid], kind="stable")
        kept[(*row, valid[order[: k[row]]])] = True
    return kept


def scores_of(kind, shape, rng):
    random = rng.normal(size=shape)
    return {
        "random": random,
        "tied": np.round(random),
        "equal": np.full(shape, -1.5),
        "signed zeros": np.where(random > 0, 0.0, -0.0),
        "negative": -np.abs(random) * 1e30,
        "tiny": random * 1e-30,
        "wide": np.sign(random) * 10 ** (20 * random).clip(-30, 30),
    }[kind]


KINDS = ["random", "tied", "equal", "signed zeros", "negative", "tiny", "wide"]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", KINDS)
def test_equals_a_sort(kind, dtype):
    rng = np.random.default_rng(KINDS.index(kind))
    for length in (1, 64, 65, 200):
        scores = scores_of(kind, (4, 3, length), rng).astype(dtype)
        mask = rng.random((4, 1, length)) < 0.7
        k = rng.integers(0, length + 10, (4, 3)).astype("int32")
        found = select(tf.constant(scores), tf.constant(mask), tf.constant(k))
        np.testing.assert_array_equal(found, by_sorting(scores, mask, k))


@pytest.mark.parametrize(
    "k, wanted",
    [(-1, ""), (0, ""), (1, "2"), (2, "02"), (3, "025"), (4, "0235"), (9, "0235")],
)
def test_by_hand(k, wanted):
    # Position 1 is masked, 4 too; 0 and 5 tie.
    scores = np.array([[1.0, 9, 2, -3, 5, 1]])
    mask = np.array([[1, 0, 1, 1, 0, 1]], bool)
    kept = np.asarray(select(scores, mask, np.array([k], "int32")))[0]
    assert "".join(map(str, np.flatnonzero(kept))) == wanted


def test_nothing_is_valid():
    nothing = np.zeros((2, 5), bool)
    kept = select(np.ones((2, 5)), nothing, np.array([0, 3], "int32"))
    assert not np.any(kept)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_precisions(dtype):
    scores = tf.cast(np.random.default_rng(0).normal(size=(3, 70)), dtype)
    mask, k = np.ones((3, 70), bool), np.array([1, 9, 70], "int32")
    wanted = by_sorting(np.asarray(scores, "float32"), mask, k)
    np.testing.assert_array_equal(select(scores, mask, k), wanted)


@pytest.mark.parametrize("length, jit", [(70, True), (None, False)])
def test_compiled_and_with_an_open_length(length, jit):
    @tf.function(
        jit_compile=jit,
        input_signature=[
            tf.TensorSpec([None, length]),
            tf.TensorSpec([None, length], "bool"),
            tf.TensorSpec([None], "int32"),
        ],
    )
    def compiled(scores, mask, k):
        return top_k_mask(scores, mask, k)

    rng = np.random.default_rng(1)
    scores = np.round(rng.normal(size=(3, 70)), 1).astype("float32")
    mask, k = rng.random((3, 70)) < 0.7, np.array([1, 9, 40], "int32")
    wanted = by_sorting(scores, mask, k)
    np.testing.assert_array_equal(compiled(scores, mask, k), wanted)
