"""Softmax over the entries that exist."""

from keras import ops


def masked_softmax(logits, valid):
    """Softmax over the valid entries of the last axis.

    Args:
        logits: `[..., l]` float.
        valid: `[..., l]` bool, or broadcastable to it.

    Returns:
        `[..., l]` float, 0 where an entry is not valid; without any valid entry 0
        everywhere, so that an empty history gives the zero vector.
    """
    weights = ops.softmax(ops.where(valid, logits, -1e9), axis=-1)
    return ops.where(valid, weights, ops.zeros_like(weights))
