"""The encoder of the short-term branch (equation 21)."""

import keras
from keras import ops

from diffumin_tf.layers.transformer_block import TransformerBlock


@keras.saving.register_keras_serializable("diffumin_tf")
class TransformerEncoder(keras.layers.Layer):
    """`e_s* = Transformer([e_1, …, e_k, e_s])[-1]`, without positions.

    Only the last token of the last block is wanted, so only its query is computed.

    Args:
        num_blocks: Post-norm blocks of self-attention and feed-forward.
        num_heads: Heads of each attention.
        feed_forward_factor: Inner width of the feed-forward, in multiples of d.
        output_projection: As in `Attention`.
        attention_scale: As in `Attention`.
    """

    def __init__(
        self,
        num_blocks=2,
        num_heads=2,
        feed_forward_factor=3,
        output_projection=True,
        attention_scale="width",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.num_blocks = num_blocks
        self.num_heads = num_heads
        self.feed_forward_factor = feed_forward_factor
        self.output_projection = output_projection
        self.attention_scale = attention_scale

    def build(self, input_shape):
        self.blocks = []
        for index in range(self.num_blocks):
            block = TransformerBlock(
                self.num_heads,
                self.feed_forward_factor,
                output_projection=self.output_projection,
                attention_scale=self.attention_scale,
                dtype=self.dtype_policy,
                name=f"block{index}",
            )
            block.build(input_shape)
            self.blocks.append(block)
            setattr(self, block.name, block)  # TensorFlow's checkpoints skip lists
        self.built = True

    def call(self, recent, target, recent_mask):
        """Encodes the recent behaviours and the target.

        Args:
            recent: `[B, k, d]` float, the recent behaviours in any order of time.
            target: `[B, d]` float.
            recent_mask: `[B, k]` bool, False at padding.

        Returns:
            `[B, d]` float, the target's token after the last block.
        """
        tokens = ops.concatenate([recent, target[:, None]], axis=1)
        widths = [(0, 0), (0, 1)]
        mask = ops.pad(recent_mask, widths, constant_values=True)
        for block in self.blocks[:-1]:
            tokens = block(tokens, token_mask=mask)
        return self.blocks[-1](tokens, token_mask=mask, query=recent.shape[1])[:, 0]

    def get_config(self):
        return {
            **super().get_config(),
            "num_blocks": self.num_blocks,
            "num_heads": self.num_heads,
            "feed_forward_factor": self.feed_forward_factor,
            "output_projection": self.output_projection,
            "attention_scale": self.attention_scale,
        }
