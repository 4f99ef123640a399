"""Orthonormal bases of a target's projections (section 3.3, equations 3 and 4)."""

from keras import ops

SIGN_RULES = ("positive_diagonal", "householder")


def gram_schmidt(vectors):
    """Orthonormalises vectors in order, with the diagonal of R non-negative.

    Each vector is orthogonalised twice against its predecessors, which keeps
    `Q Qᵀ = I` to rounding. A vector that lies in the span of its predecessors
    (a zero target, a rank-one one) is replaced by the most independent axis of
    the space, as a constant: outputs and gradients stay finite.

    Args:
        vectors: `[..., c, d]` float, `c <= d`.

    Returns:
        `[..., c, d]` with orthonormal rows.
    """
    basis = []
    for index in range(vectors.shape[-2]):
        vector = vectors[..., index, :]
        residual = _orthogonalise(vector, basis)
        spare = ops.stop_gradient(_independent_axis(residual, basis))
        square, scale = _square_norm(residual), _square_norm(vector)
        dependent = ops.logical_or(
            square <= _tolerance(vectors) ** 2 * scale, scale <= _tiny(vectors)
        )
        # Both branches are finite: a masked NaN would still poison the gradient.
        norm = ops.sqrt(ops.where(dependent, ops.ones_like(square), square))
        basis.append(ops.where(dependent, spare, residual / norm))
    return ops.stack(basis, axis=-2)


def householder_signs(vectors):
    """Signs of R's diagonal as LAPACK's Householder factorisation leaves them.

    Args:
        vectors: `[..., c, d]` float, the columns of the factorised matrix.

    Returns:
        `[..., c, 1]` of +1 and −1, constants for differentiation.
    """
    columns = ops.swapaxes(ops.stop_gradient(vectors), -1, -2)
    _, triangular = ops.qr(columns)
    diagonal = ops.diagonal(triangular, axis1=-2, axis2=-1)
    signs = ops.where(diagonal < 0, -ops.ones_like(diagonal), ops.ones_like(diagonal))
    return ops.expand_dims(signs, -1)


def _orthogonalise(vector, basis):
    """`vector` less its projections on `basis`, taken off twice."""
    for _ in range(2):
        for other in basis:
            vector = vector - ops.sum(vector * other, axis=-1, keepdims=True) * other
    return vector


def _independent_axis(like, basis):
    """The unit axis farthest from the span of `basis`, made orthogonal to it."""
    width = like.shape[-1]
    covered = ops.zeros_like(like)
    for other in basis:
        covered = covered + ops.square(other)
    axis = ops.one_hot(ops.argmin(covered, axis=-1), width, dtype=like.dtype)
    axis = _orthogonalise(axis, basis)
    return axis / ops.sqrt(_square_norm(axis))


def _square_norm(vector):
    return ops.sum(ops.square(vector), axis=-1, keepdims=True)


def _tiny(like):
    """Square norms up to this are zero; above, the tolerance's square is normal."""
    return 1e-200 if _is_double(like) else 1e-26


def _tolerance(like):
    return 1e-12 if _is_double(like) else 1e-5


def _is_double(tensor):
    return "float64" in str(tensor.dtype)
