"""What DiffuMIN asks of whatever makes augmented interests."""

import keras
from keras import ops

from diffumin_tf.layers import row_noise


class InterestGenerator(keras.layers.Layer):
    """Base of the generators: interests and channels in, augmented interests out.

    A subclass defines `build`, `draw_noise`, `call` and `row_losses`, and sets
    `loss_name`.

    Args:
        normalize_interests: Whether interests are L2-normalised first.
        noise_bank_size: Distinct draws used at inference, where each row takes the
            draw that its key points to.
        seed: Seed of those draws.
    """

    # What the loss is called in logs.
    loss_name = None

    def __init__(
        self, normalize_interests=True, noise_bank_size=1024, seed=0, **kwargs
    ):
        super().__init__(**kwargs)
        self.normalize_interests = normalize_interests
        self.noise_bank_size = noise_bank_size
        self.seed = seed

    def normalize(self, interests):
        """r as generator and contrast see it: of unit length, zero if it was zero."""
        if not self.normalize_interests:
            return interests
        square = ops.sum(ops.square(interests), axis=-1, keepdims=True)
        return interests * ops.rsqrt(ops.maximum(square, 1e-12))

    def draw_noise(self, keys, num_channels, width, training):
        """All the randomness of one pass, by row key.

        Args:
            keys: `[B]` uint32 or int32 row keys. In training each key is a draw of
                its own; at inference it points into the bank.
            num_channels: c.
            width: d.
            training: Whether the loss will be asked for.

        Returns:
            A dict of tensors `[B, ...]`, for `call` and `row_losses`.
        """
        raise NotImplementedError

    def fix_inference_noise(self):
        """From now on the same key is given the same noise at inference."""
        # The bank does so; a subclass with a choice makes it.

    def bank_keys(self, keys):
        """`[B]` uint32: the draw of the bank that each key points to."""
        draw = ops.cast(ops.mod(keys, self.noise_bank_size), "uint32")
        return row_noise.row_keys(self.seed, 0, 1) ^ row_noise.mix(draw)

    def call(self, interests, channels, noise):
        """Makes the augmented interests r*.

        Args:
            interests: `[B, c, d]` float, r, normalised where that is on.
            channels: `[B, c, d]` float, O.
            noise: A dict as `draw_noise` returns it.

        Returns:
            `[B, c, d]` float, r*.
        """
        raise NotImplementedError

    def row_losses(self, interests, channels, noise):
        """What the generator itself is trained on, row by row.

        Args:
            interests: `[B, c, d]` float.
            channels: `[B, c, d]` float.
            noise: A dict as `draw_noise(training=True)` returns it.

        Returns:
            `[B]` float, float32 at least.
        """
        raise NotImplementedError

    def loss(self, interests, channels, noise):
        """The mean of `row_losses`, a scalar."""
        return ops.mean(self.row_losses(interests, channels, noise))

    def get_config(self):
        return {
            **super().get_config(),
            "normalize_interests": self.normalize_interests,
            "noise_bank_size": self.noise_bank_size,
            "seed": self.seed,
        }
