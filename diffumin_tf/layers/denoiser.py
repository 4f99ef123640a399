"""The diffusion network ε_θ (section 3.4.1, equations 14 to 17)."""

import keras
from keras import ops

from diffumin_tf.layers.feature_first import feature_first
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
            The context `[d, c − 1, B·c]` (an empty list without g1), what the first
            block's attention projects it to, each block's guidance `[d, B·c]` (an
            empty list without g2) and each block's weights.
        """
        count, width = interests.shape[1:]
        context, guidance = [], [[] for _ in self.blocks]
        if self.context_guidance and count > 1:
            others = [[j for j in range(count) if j != i] for i in range(count)]
            context = ops.take(interests, ops.convert_to_tensor(others), axis=1)
            context = [feature_first(ops.reshape(context, (-1, count - 1, width)))]
        if self.channel_guidance:
            channels = ops.reshape(channels, (-1, width))
            guidance = [[feature_first(block.guide(channels))] for block in self.blocks]
        weights = [block.tensors() for block in self.blocks]
        projected = [self.blocks[0].project(weights[0], tokens) for tokens in context]
        return context, projected, guidance, weights

    def call(self, noisy, step, prepared):
        """One evaluation of ε_θ(r_{i,t}, t, g1, g2) for all i.

        Args:
            noisy: `[B, c, d]` float, r_{i,t} of every interest.
            step: `[B, c]` int, or a scalar for all, t.
            prepared: What `prepare` returned.

        Returns:
            `[B, c, d]` float.
        """
        # Along a chain of steps, computing everything again for the gradient is
        # faster than to store and read it, and takes a fraction of the memory.
        in_chain = len(ops.shape(step)) == 0
        evaluate = keras.remat(self._evaluate) if in_chain else self._evaluate
        rows = feature_first(ops.reshape(noisy, (-1, noisy.shape[-1])))
        embedding = feature_first(self.step_embedding(ops.reshape(step, (-1,))))
        predicted = feature_first(evaluate(rows, embedding, *prepared))
        return ops.reshape(predicted, ops.shape(noisy))

    def _evaluate(self, noisy, embedding, context, known, guidance, weights):
        """`[d, B·c]` from the noisy tokens `[d, B·c]`, by its arguments alone."""
        tokens = ops.concatenate([noisy[:, None], *context], axis=1)
        # The step's embedding goes to every token, the clean ones too.
        tokens = tokens + embedding[:, None]
        first = self._first_projected(tokens[:, :1], embedding[:, None], known, weights)
        for index, block in enumerate(self.blocks):
            # The last block owes only the noisy token: only that is computed.
            query = 0 if index == self.num_blocks - 1 else None
            tokens = block.feature_first(
                weights[index],
                tokens,
                *guidance[index],
                query=query,
                projected=first if index == 0 else None,
            )
        return tokens[:, 0]

    def _first_projected(self, noisy, embedding, known, weights):
        """What the first block's attention makes of all tokens; None to ask itself.

        The clean tokens change by the step's embedding only: so what they are
        projected to changes by what that is.
        """
        if not known or self.num_blocks == 1:
            return None
        project = self.blocks[0].project
        moved, new = (project(weights[0], tokens) for tokens in (embedding, noisy))
        parts = zip(new, *known, moved, strict=True)
        return [ops.concatenate([n, old + step], axis=1) for n, old, step in parts]

    def intermediates(self, noisy, step, prepared):
        """As `call`, all tokens through every block, each sublayer's output kept.

        Returns:
            A dict of `[B·c, tokens, d]` for each block, noisy token first.
        """
        context, _, guidance, _ = prepared
        tokens, seen = ops.reshape(noisy, (-1, 1, noisy.shape[-1])), []
        tokens = ops.concatenate([tokens, *map(feature_first, context)], axis=1)
        tokens = tokens + self.step_embedding(ops.reshape(step, (-1,)))[:, None]
        for block, guides in zip(self.blocks, guidance, strict=True):
            guides = map(feature_first, guides)
            seen.append(block(tokens, *guides, return_intermediates=True))
            tokens = seen[-1]["out"]
        return seen

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
