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
        cross_attention: Whether each block attends to a guiding vector too, as the
            denoiser's do; in the released code that is the last channel.
    """

    def __init__(
        self,
        num_blocks=2,
        num_heads=2,
        feed_forward_factor=3,
        output_projection=True,
        attention_scale="width",
        cross_attention=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.num_blocks = num_blocks
        self.num_heads = num_heads
        self.feed_forward_factor = feed_forward_factor
        self.output_projection = output_projection
        self.attention_scale = attention_scale
        self.cross_attention = cross_attention
        self.blocks = [self._block(f"block{n}") for n in range(num_blocks)]
        for block in self.blocks:
            setattr(self, block.name, block)  # TensorFlow's checkpoints skip lists

    def _block(self, name):
        return TransformerBlock(
            self.num_heads,
            self.feed_forward_factor,
            self.cross_attention,
            self.output_projection,
            self.attention_scale,
            dtype=self.dtype_policy,
            name=name,
        )

    def take_norms(self, blocks):
        """Makes the norms of other, built blocks its blocks' own too; before `build`.

        Raises:
            ValueError: if they are not as many, or not of the same kind.
        """
        found = [block.cross_attention for block in blocks]
        if found != [self.cross_attention] * self.num_blocks:
            raise ValueError(
                "Norms are shared by as many blocks, all with cross-attention or none; "
                f"received {len(found)} with cross_attention={found} for "
                f"{self.num_blocks} with cross_attention={self.cross_attention}."
            )
        for own, other in zip(self.blocks, blocks, strict=True):
            own.take_norms(other)

    def build(self, input_shape):
        for block in self.blocks:
            block.build(input_shape)
        self.built = True

    def call(self, recent, target, recent_mask, guidance=None):
        """Encodes the recent behaviours and the target.

        Args:
            recent: `[B, k, d]` float, the recent behaviours in any order of time.
            target: `[B, d]` float.
            recent_mask: `[B, k]` bool, False at padding.
            guidance: `[B, d]` float, what `cross_attention` attends to.

        Returns:
            `[B, d]` float, the target's token after the last block.

        Raises:
            ValueError: if there is `cross_attention` but nothing to attend to.
        """
        if self.cross_attention and guidance is None:
            raise ValueError(
                "An encoder with cross_attention needs guidance, which DiffuMIN alone "
                "gives; received none."
            )
        tokens = ops.concatenate([recent, target[:, None]], axis=1)
        widths = [(0, 0), (0, 1)]
        mask = ops.pad(recent_mask, widths, constant_values=True)
        for index, block in enumerate(self.blocks):
            guide = block.guide(guidance) if self.cross_attention else None
            is_last = index == self.num_blocks - 1
            query = recent.shape[1] if is_last else None
            tokens = block(tokens, guide, mask, query=query)
        return tokens[:, 0]

    def get_config(self):
        return {
            **super().get_config(),
            "num_blocks": self.num_blocks,
            "num_heads": self.num_heads,
            "feed_forward_factor": self.feed_forward_factor,
            "output_projection": self.output_projection,
            "attention_scale": self.attention_scale,
            "cross_attention": self.cross_attention,
        }
