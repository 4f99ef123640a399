"""Sign bits of fixed random projections, by which close vectors are told."""

import keras
from keras import ops

from diffumin_tf.layers.composition import precise_dtype


@keras.saving.register_keras_serializable("diffumin_tf")
class SimHash(keras.layers.Layer):
    """The signs of `x H`: two vectors at the angle θ differ in a bit with θ/π.

    H is drawn once and never trained, but saved, for what learned from its bits
    needs the same ones. No gradient passes.

    Args:
        num_hashes: m, the columns of H.

    Raises:
        ValueError: if `num_hashes` is not positive.
    """

    def __init__(self, num_hashes=48, **kwargs):
        super().__init__(**kwargs)
        if num_hashes < 1:
            raise ValueError(f"num_hashes must be positive; received {num_hashes}.")
        self.num_hashes = num_hashes

    def build(self, vectors_shape):
        self.projection = self.add_weight(
            shape=(vectors_shape[-1], self.num_hashes),
            initializer=keras.initializers.RandomNormal(stddev=1.0),
            trainable=False,
            autocast=False,  # a rounded projection would move bits
            name="projection",
        )
        self.built = True

    def call(self, vectors):
        """Hashes `[..., d]` float to `[..., m]` bool; a zero vector to True alone."""
        dtype = precise_dtype(self.compute_dtype)
        vectors = ops.cast(ops.stop_gradient(vectors), dtype)
        return ops.matmul(vectors, self.projection) >= 0

    def get_config(self):
        return {**super().get_config(), "num_hashes": self.num_hashes}
