"""A transformer for each interest, under the guides of DMIG (equations 15 and 16)."""

import keras
from keras import ops

from diffumin_tf.layers.transformer_block import TransformerBlock


@keras.saving.register_keras_serializable("diffumin_tf")
class GuidedTransformer(keras.layers.Layer):
    """Transforms a vector of each interest, guided as in the `Denoiser`.

    For interest i the tokens are its own vector and the other interests (g1); the
    channel o_i guides through cross-attention (g2). It is the denoiser without
    steps, so that what takes its place differs in nothing else.

    Args:
        num_blocks: Transformer blocks; half of the denoiser's, for an encoder and a
            decoder together are as deep as it.
        num_heads: Heads of each attention.
        feed_forward_factor: Inner width of the feed-forward, in multiples of d.
    """

    def __init__(self, num_blocks=1, num_heads=2, feed_forward_factor=3, **kwargs):
        super().__init__(**kwargs)
        self.num_blocks = num_blocks
        self.num_heads = num_heads
        self.feed_forward_factor = feed_forward_factor

    def build(self, interests_shape):
        self.blocks = [
            TransformerBlock(
                self.num_heads,
                self.feed_forward_factor,
                cross_attention=True,
                dtype=self.dtype_policy,
                name=f"block{number}",
            )
            for number in range(self.num_blocks)
        ]
        for block in self.blocks:
            block.build((None, None, interests_shape[-1]))
            setattr(self, block.name, block)  # TensorFlow's checkpoints skip lists
        self.built = True

    def call(self, own, interests, channels):
        """All interests at once, folded into the batch.

        Args:
            own: `[B, c, d]` float, what is transformed.
            interests: `[B, c, d]` float, r; of an interest the others' are read.
            channels: `[B, c, d]` float, O.

        Returns:
            `[B, c, d]` float.
        """
        count, width = own.shape[1:]
        tokens = ops.reshape(own, (-1, 1, width))
        if count > 1:
            others = [[j for j in range(count) if j != i] for i in range(count)]
            context = ops.take(interests, ops.convert_to_tensor(others), axis=1)
            context = ops.reshape(context, (-1, count - 1, width))
            tokens = ops.concatenate([tokens, context], axis=1)
        channels = ops.reshape(channels, (-1, width))
        for index, block in enumerate(self.blocks):
            # The last block owes the own token alone.
            query = 0 if index == self.num_blocks - 1 else None
            tokens = block(tokens, block.guide(channels), query=query)
        return ops.reshape(tokens[:, 0], (-1, count, width))

    def get_config(self):
        return {
            **super().get_config(),
            "num_blocks": self.num_blocks,
            "num_heads": self.num_heads,
            "feed_forward_factor": self.feed_forward_factor,
        }
