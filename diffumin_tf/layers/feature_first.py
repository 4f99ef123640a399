"""Dense and norm of arrays whose first axis is the features.

Diffusion runs on a few tokens of a small width for many rows. With the rows
innermost, `[d, tokens, rows]`, every operation runs along them, and a CPU's
vector units with it; with the features innermost a step costs twice as much.
"""

from keras import ops

from diffumin_tf.layers.composition import precise_dtype


def feature_first(tensor):
    """`[rows, ..., d]` to `[d, ..., rows]`, or back."""
    return ops.transpose(tensor)


def weights_of(layer):
    """A `Dense`'s or norm's weights as tensors of its compute dtype."""
    return [ops.cast(weight, layer.compute_dtype) for weight in layer.weights]


def dense(weights, features):
    """`[a, ...]` to `[b, ...]` by a kernel `[a, b]` and, if there is one, a bias."""
    kernel, *bias = weights
    flat = ops.reshape(features, (kernel.shape[0], -1))
    flat = ops.matmul(ops.transpose(kernel), flat)
    if bias:
        flat = flat + bias[0][:, None]
    return ops.reshape(flat, (kernel.shape[1], *ops.shape(features)[1:]))


def layer_norm(weights, features, epsilon):
    """Layer normalisation of `[d, tokens, rows]`, in float32 at least."""
    x = ops.cast(features, precise_dtype(features.dtype))
    gamma, beta = (ops.cast(weight, x.dtype)[:, None, None] for weight in weights)
    x = x - ops.mean(x, axis=0, keepdims=True)
    x = x * ops.rsqrt(ops.mean(ops.square(x), axis=0, keepdims=True) + epsilon)
    return ops.cast(x * gamma + beta, features.dtype)
