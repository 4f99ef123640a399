"""The diffusion network ε_θ (section 3.4.1, equations 14 to 17)."""

import keras
from keras import ops

from diffumin_tf.layers.step_embedding import StepEmbedding
from diffumin_tf.layers.transformer_block import TransformerBlock


@keras.saving.register_keras_serializable("diffumin_tf")
class Denoiser(keras.layers.Layer):
    """Predicts the noise of every interest, guided by the others and its channel.

    For interest i the tokens are `R_{i,t}`: its noisy version and the other, clean
    interests (g1). The channel o_i (g2) guides through cross-attention. All c
    interests go through the network at once, folded into the batch. The noisy
    token stands first; attention has no positions, so the order is free.

    Args:
        num_blocks: Transformer blocks, L.
        num_heads: Heads of each attention.
        feed_forward_factor: Inner width of the feed-forward, in multiples of d.
        output_projection: As in `Attention`.
        attention_scale: As in `Attention`.
        context_guidance: False drops g1 (variants W and Y).
        channel_guidance: False drops g2 (variants X and Y).
        zero_based_steps: As in `StepEmbedding`.
    """

    def __init__(
        self,
        num_blocks=2,
        num_heads=2,
        feed_forward_factor=3,
        output_projection=True,
        attention_scale="width",
        context_guidance=True,
        channel_guidance=True,
        zero_based_steps=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.num_blocks = num_blocks
        self.num_heads = num_heads
        self.feed_forward_factor = feed_forward_factor
        self.output_projection = output_projection
        self.attention_scale = attention_scale
        self.context_guidance = context_guidance
        self.channel_guidance = channel_guidance
        self.zero_based_steps = zero_based_steps

    def build(self, interests_shape):
        width = interests_shape[-1]
        self.step_embedding = StepEmbedding(
            width, self.zero_based_steps, dtype=self.dtype_policy, name="step"
        )
        self.step_embedding.build()
        self.blocks = [self._block(f"block{n}") for n in range(self.num_blocks)]
        for block in self.blocks:
            block.build((None, None, width))
            setattr(self, block.name, block)  # TensorFlow's checkpoints skip lists
        self.built = True

    def _block(self, name):
        return TransformerBlock(
            self.num_heads,
            self.feed_forward_factor,
            self.channel_guidance,
            self.output_projection,
            self.attention_scale,
            dtype=self.dtype_policy,
            name=name,
        )

    def prepare(self, interests, channels):
        """What stays the same over all steps of a chain, computed once.

        Args:
            interests: `[B, c, d]` float, the clean interests r.
            channels: `[B, c, d]` float, O.

        Returns:
            The context `[B·c, c − 1, d]` (None without g1) and each block's
            guidance `[B·c, d]` (None without g2).
        """
        count, width = interests.shape[1:]
        context = None
        if self.context_guidance and count > 1:
            others = [[j for j in range(count) if j != i] for i in range(count)]
            context = ops.take(interests, ops.convert_to_tensor(others), axis=1)
            context = ops.reshape(context, (-1, count - 1, width))
        channels = ops.reshape(channels, (-1, width))
        guidance = [
            block.guide(channels) if self.channel_guidance else None
            for block in self.blocks
        ]
        return context, guidance

    def call(self, noisy, step, prepared):
        """One evaluation of ε_θ(r_{i,t}, t, g1, g2) for all i.

        Args:
            noisy: `[B, c, d]` float, r_{i,t} of every interest.
            step: `[B, c]` int, or a scalar for all, t.
            prepared: What `prepare` returned.

        Returns:
            `[B, c, d]` float.
        """
        tokens = self._tokens(noisy, step, prepared[0])
        for block, guidance in zip(self.blocks, prepared[1], strict=True):
            # The last block owes only the noisy token: only that is computed.
            query = 0 if block is self.blocks[-1] else None
            tokens = block(tokens, guidance, query=query)
        return ops.reshape(tokens[:, 0], ops.shape(noisy))

    def intermediates(self, noisy, step, prepared):
        """As `call`, all tokens through every block, each sublayer's output kept.

        Returns:
            A dict of `[B·c, tokens, d]` for each block, noisy token first.
        """
        tokens, seen = self._tokens(noisy, step, prepared[0]), []
        for block, guidance in zip(self.blocks, prepared[1], strict=True):
            seen.append(block(tokens, guidance, return_intermediates=True))
            tokens = seen[-1]["out"]
        return seen

    def _tokens(self, noisy, step, context):
        """R_{i,t} with the step's embedding added to every token, clean ones too."""
        width = noisy.shape[-1]
        tokens = ops.reshape(noisy, (-1, 1, width))
        if context is not None:
            tokens = ops.concatenate([tokens, context], axis=1)
        return tokens + self.step_embedding(ops.reshape(step, (-1,)))[:, None]

    def get_config(self):
        return {
            **super().get_config(),
            "num_blocks": self.num_blocks,
            "num_heads": self.num_heads,
            "feed_forward_factor": self.feed_forward_factor,
            "output_projection": self.output_projection,
            "attention_scale": self.attention_scale,
            "context_guidance": self.context_guidance,
            "channel_guidance": self.channel_guidance,
            "zero_based_steps": self.zero_based_steps,
        }
