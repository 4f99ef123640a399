"""Tests of the orthonormal bases, independent or not."""

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.layers.orthonormalize import gram_schmidt, householder_signs
from tests.testing import arrays, gradients


def cases():
    """Four vectors of width 6, by name."""
    rng = np.random.default_rng(0)
    random = rng.normal(size=(3, 4, 6))
    single = rng.normal(size=(3, 1, 6))
    near = random.copy()
    near[:, 1] = near[:, 0] + 1e-3 * near[:, 1]
    return {
        "random": random,
        "zero": np.zeros((3, 4, 6)),
        "rank one": single * np.array([1.0, -2, 0.5, 3])[:, None],
        "duplicate": random[:, [0, 1, 1, 0]],
        "zero first": random * np.array([0.0, 1, 1, 1])[:, None],
        "nearly equal": near,
        "axis": np.eye(4, 6)[None] * np.ones((3, 1, 1)),
        "tiny": 1e-12 * random,
        "vanishing": 1e-14 * random,
        "huge": 1e12 * random,
    }


@pytest.mark.parametrize("dtype, tolerance", [("float64", 1e-13), ("float32", 1e-6)])
@pytest.mark.parametrize("case", cases())
def test_orthonormal_with_finite_gradients(case, dtype, tolerance):
    vectors = tf.constant(cases()[case], dtype)
    with tf.GradientTape() as tape:
        tape.watch(vectors)
        basis = gram_schmidt(vectors)
        total = tf.reduce_sum(basis * arrays(1, (3, 4, 6)).astype(dtype))
    products = np.asarray(basis @ tf.linalg.matrix_transpose(basis))
    np.testing.assert_allclose(
        products, np.broadcast_to(np.eye(4), (3, 4, 4)), atol=tolerance
    )
    assert np.isfinite(tape.gradient(total, vectors)).all()


def test_equals_qr_with_a_positive_diagonal():
    vectors = cases()["random"]
    for found, columns in zip(gram_schmidt(vectors), vectors, strict=True):
        q, r = np.linalg.qr(columns.T)
        np.testing.assert_allclose(found, (q * np.sign(np.diag(r))).T, atol=1e-12)


def test_householder_signs_are_lapack_s():
    vectors = cases()["random"]
    signed = gram_schmidt(vectors) * householder_signs(vectors)
    for found, columns in zip(signed, vectors, strict=True):
        np.testing.assert_allclose(found, np.linalg.qr(columns.T)[0].T, atol=1e-12)


def test_a_dependent_vector_is_replaced_by_the_freest_axis():
    vectors = np.array([[[0.0, 2, 0], [0, -5, 0], [3, 1, 0]]])
    # Axis 0 is the first that axis 1 leaves free; then only axis 2 remains.
    wanted = [[[0, 1, 0], [1, 0, 0], [0, 0, 1]]]
    np.testing.assert_allclose(gram_schmidt(vectors), wanted, atol=1e-15)


def test_gradient_against_finite_differences():
    vectors, weights = arrays(2, (1, 3, 4), (1, 3, 4))
    found = gradients(lambda v: gram_schmidt(v) * weights, vectors)
    for place in np.ndindex(vectors.shape):
        step = np.zeros_like(vectors)
        step[place] = 1e-6
        ends = [np.sum(gram_schmidt(vectors + s) * weights) for s in (step, -step)]
        np.testing.assert_allclose(found[place], (ends[0] - ends[1]) / 2e-6, atol=1e-7)
