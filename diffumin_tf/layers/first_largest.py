"""Top-1 routing, the same on every backend (section 3.3, equation 6)."""

from keras import ops


def first_largest(scores):
    """Marks the largest of the channels, `[B, c, l]`, the first one among equals.

    Keras' `argmax` sets −0 below 0 on TensorFlow, which would break ties otherwise.
    """
    places = ops.arange(scores.shape[1], dtype="int32")[:, None]
    largest = scores == ops.max(scores, axis=1, keepdims=True)
    first = ops.where(largest, places, scores.shape[1])
    return places == ops.min(first, axis=1, keepdims=True)
