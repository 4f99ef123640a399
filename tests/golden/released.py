"""What `gin/models/released.gin` computes of a `released_*` golden file."""

import functools
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from diffumin_tf.layers.top_k_mask import top_k_mask
from tests.golden.golden_file import (
    Golden,
    channels_first,
    rows_first,
)
from tests.golden.released_layout import ReleasedLayout
from tests.golden.released_model import inputs_of, make_model, weights

_MOVING = ("moving", "pop_")


def holds(golden):
    """Whether it is such a file."""
    return "train__r_star" in golden.arrays


def is_float32(golden):
    """Whether it is what the released code itself computed, inputs and all."""
    return holds(golden) and golden["train__r_star"].dtype == "float32"


def compute(golden, path, dtype):
    """The names of the file's outputs, and their arrays.

    Args:
        golden: The file.
        path: Its path; the inputs of `..._f64.npz` are in the file without `_f64`.
        dtype: The policy.
    """
    path = Path(path)
    source = path.with_name(path.name.replace("_f64", ""))
    # Under float64 the file's own float32 schedule is all that differs: with it even
    # gradients agree closely.
    own_schedule = is_float32(golden) and dtype == "float64"
    arrays = _arrays(source, dtype, own_schedule)
    outputs = ("train__", "infer", "after_step__", "tower_infer", "sched__")
    wanted = [name for name in golden.arrays if name.startswith(outputs)]
    wanted += [name for name in golden.names("unit_") if name.endswith("__out")]
    return wanted, arrays


@functools.lru_cache(maxsize=3)  # A file and its twin in float64 share the inputs.
def _arrays(path, dtype, own_schedule):
    keras.config.set_dtype_policy(dtype)
    try:
        arrays = _Run(Golden.load(path), dtype, own_schedule).arrays()
    finally:
        keras.config.set_dtype_policy("float32")
    return {name: np.asarray(value) for name, value in arrays.items()}


def _adopt_schedule(generator, golden):
    """Puts the file's rounded schedule, and its form of the mean, in force.

    The forms of the mean are equal but for that rounding, which 1 − ᾱ magnifies.
    """
    table = generator.schedule
    for name, key in (
        ("beta", "betas"),
        ("alpha", "alphas"),
        ("alpha_bar", "alphas_cumprod"),
    ):
        setattr(table, name, golden[f"sched__{key}"].astype("float64"))
    beta, alpha, bar = table.beta, table.alpha, table.alpha_bar
    previous = table.alpha_bar_previous = np.append(1.0, bar[:-1])
    variance = table.posterior_variance = beta * (1 - previous) / (1 - bar)

    def denoise_step(state, step, predicted, noise):
        def at(values):
            return table.at(values, step, "float64")[..., None]

        clean = at(np.sqrt(1 / bar)) * state - at(np.sqrt(1 / bar - 1)) * predicted
        mean = at(beta * np.sqrt(previous) / (1 - bar)) * clean
        mean = mean + at((1 - previous) * np.sqrt(alpha) / (1 - bar)) * state
        return mean, mean + at(np.sqrt(variance)) * noise

    generator.denoise_step = denoise_step


class _Run:
    """A training pass, an inference pass and what each computed on the way."""

    def __init__(self, golden, dtype, own_schedule):
        self.golden = golden
        self.dtype = dtype
        self.model = make_model(golden)
        if own_schedule:
            _adopt_schedule(self.model.generator, golden)
        self.layout = ReleasedLayout(golden)
        self.noise = self._noise()
        self.inputs = inputs_of(golden)
        self.tower_input = None

    def _cast(self, array):
        return tf.cast(array, self.dtype)

    def _noise(self):
        golden = self.golden

        def each(name):
            return self._cast(rows_first(golden[name])[:, :, 0])

        def step(name):
            return tf.constant(rows_first(golden[name]) + 1, "int32")

        chain = golden["noise__sample_z"][:, :, :, 0].transpose(2, 1, 0, 3)
        return {
            "jitter": self._cast(golden["noise__qr_jitter"].transpose(0, 2, 1)),
            "start_step": step("noise__sample_t"),
            "start": each("noise__sample_eps"),
            "chain": self._cast(chain),
            "loss_step": step("noise__ploss_t"),
            "loss": each("noise__ploss_eps"),
        }

    def batch(self):
        """The embedded batch, whose lookups E alone stands for."""
        inputs = {name: tf.constant(value) for name, value in self.inputs.items()}
        return self.model.embed(inputs)._replace(lookup=None)

    def arrays(self):
        """Every output, by name."""
        moving = {
            name: variable
            for name, variable in weights(self.model, self.golden).items()
            if any(part in name for part in _MOVING)
        }
        saved = {name: variable.numpy() for name, variable in moving.items()}
        results = self._inference("infer__") | self._train()
        for name, variable in moving.items():
            results[f"after_step__{name}"] = variable.numpy()
        results |= self._inference("infer_after_step__")
        for training in (True, False):
            for name, variable in moving.items():
                variable.assign(saved[name])
            results |= self._tower_stages(training)
        return results | self._units() | self._schedule()

    def _schedule(self):
        table = self.model.generator.schedule
        return {
            "sched__betas": table.beta,
            "sched__alphas": table.alpha,
            "sched__alphas_cumprod": table.alpha_bar,
        }

    def _inference(self, prefix):
        batch = self.batch()
        seen = self.model.predict_click(batch, training=False, noise=self.noise)
        stages = self.model.tower.outputs(seen["tower_input"])
        results = {
            "feature": self.layout.feature(seen["tower_input"]),
            "r": seen["interests"],
            "r_star": seen["augmented_interests"],
            "short_term_out": self._short_term(batch, seen)[1],
            **self._predicted(stages["logit"]),
            **_stage_names(stages),
        }
        if batch.dense is not None:
            results["dense_bn_out"] = self.model.dense_norm(batch.dense)
        return {prefix + name: value for name, value in results.items()}

    def _predicted(self, logit):
        return {
            "logits": logit,
            "pctr": tf.sigmoid(logit),
            "rectified_pctr": self.model.probability(logit),
        }

    def _short_term(self, batch, seen):
        """The encoder's tokens before and after, all of them."""
        model = self.model
        recent, mask = model.recent(batch, model.short_term_length)
        tokens = before = tf.concat([recent, batch.target[:, None]], axis=1)
        mask = tf.pad(mask, [[0, 0], [0, 1]], constant_values=True)
        for block in model.short_term_encoder.blocks:
            tokens = block(tokens, block.guide(seen["channels"][:, -1]), mask)
        return before, tokens

    def _train(self):
        batch, model = self.batch(), self.model
        history, target = tf.identity(batch.history), tf.identity(batch.target)
        sources = {"E": history, "e_s": target}
        sources |= {
            name: variable.value
            for name, variable in weights(model, self.golden).items()
            if variable.trainable and name != "emb_table"
        }
        with tf.GradientTape(persistent=True) as tape:
            tape.watch([history, target])
            # e_s stands in e_other too: last of all where it is projected.
            kept = batch.other[:, : batch.other.shape[1] - target.shape[1]]
            batch = batch._replace(
                history=history,
                target=target,
                other=tf.concat([kept, target], axis=1),
            )
            seen = model.predict_click(batch, training=True, noise=self.noise)
            labels = self._cast(self.golden["in__label"][:, 0])
            losses = model.compute_losses(seen, labels, tf.ones_like(labels))
        self.tower_input = seen["tower_input"]
        results = self._train_outputs(batch, seen, losses)
        for kind, loss in (("bce", "click_loss"), ("total", "loss")):
            found = tape.gradient(losses[loss], sources, unconnected_gradients="zero")
            for name, value in found.items():
                value = self.layout.theirs(name, value)
                results[f"grad_{kind}__{name}"] = value
        return {f"train__{name}": value for name, value in results.items()}

    def _train_outputs(self, batch, seen, losses):
        before, after = self._short_term(batch, seen)
        model = self.model
        results = {
            "E": batch.history,
            "e_s": batch.target,
            "r": seen["interests"],
            "r_norm": seen["normalized_interests"],
            "r_star": seen["augmented_interests"],
            "short_term_in": before,
            "short_term_out": after,
            "feature": self.layout.feature(seen["tower_input"]),
            **self._predicted(seen["logit"][:, None]),
            "loss_bce": losses["click_loss"],
            "loss_total_intended": losses["loss"],
            "aux_diffusion_weighted": model.diffusion_weight * losses["diffusion_loss"],
            "contrastive_loss": losses["contrastive_loss"],
        }
        weighted = model.contrastive_weight * losses["contrastive_loss"]
        results["aux_contrastive_weighted"] = weighted
        if batch.dense is not None:
            item = self.golden["in__item_ids"].shape[1]
            results["tgt_concat"] = batch.other[
                :, : item * model.embedding.embedding_dim
            ]
        results |= self._omie(batch, seen) | self._sampling(seen) | self._loss(seen)
        return results | self._contrast(seen) | self._first_pass(seen)

    def _omie(self, batch, seen):
        layer, jitter = self.model.omie, self.noise["jitter"]
        projected = layer.projection.project(batch.target)
        found = layer(
            batch.history,
            batch.target,
            batch.mask,
            noise=jitter,
            return_intermediates=True,
        )
        matrix = projected + layer.projection.jitter * jitter
        triangular = tf.einsum("bid,bjd->bij", found["channels"], matrix)
        count = tf.fill([len(projected), layer.num_channels], layer.top_k)
        scores = tf.transpose(found["scores"], [0, 2, 1])
        top = top_k_mask(scores, batch.mask[:, None], count)
        return {
            "e_s_proj": tf.transpose(projected, [0, 2, 1]),
            "qr_in": tf.transpose(matrix, [0, 2, 1]),
            "qr_R": np.triu(triangular),
            "O": found["channels"],
            "Q": tf.transpose(found["channels"], [0, 2, 1]),
            "A": found["scores"],
            "A_masked": found["scores"] * found["kept"],
            "argmax": tf.argmax(found["routing"], axis=2),
            "mask_channel": found["routing"],
            "mask_topk": tf.transpose(tf.cast(top, self.dtype), [0, 2, 1]),
            "mask_combined": found["kept"],
        }

    def _sampling(self, seen):
        generator = self.model.generator
        clean, table = seen["normalized_interests"], generator.schedule
        path = generator.trajectory(clean, seen["channels"], self.noise)
        steps = np.arange(generator.num_sampling_steps)[::-1]
        bar = table.alpha_bar[steps][:, None, None, None]
        states, predicted = np.stack(path["states"]), np.stack(path["predictions"])
        recon = states[:-1] / np.sqrt(bar) - np.sqrt(1 / bar - 1) * predicted
        variance = np.log(np.maximum(table.posterior_variance[steps], 1e-20))
        shape = (clean.shape[1], len(steps), clean.shape[0])
        chain = {
            "mean": np.stack(path["means"]),
            "pred_noise": predicted,
            "traj": states[1:],
            "x_recon": recon,
        }
        return {
            "sample_start": channels_first(states[0]),
            "sample_log_variance": np.broadcast_to(variance[:, None], shape),
            **{f"sample_{n}": v.transpose(2, 0, 1, 3) for n, v in chain.items()},
        }

    def _loss(self, seen):
        generator, noise = self.model.generator, self.noise
        clean, channels = seen["normalized_interests"], seen["channels"]
        noisy = generator.schedule.add_noise(clean, noise["loss"], noise["loss_step"])
        prepared = generator.denoiser.prepare(clean, channels)
        predicted = generator.denoiser(noisy, noise["loss_step"], prepared)
        errors = generator.squared_errors(clean, channels, noise)
        return {
            "ploss_x_noisy": channels_first(noisy),
            "ploss_pred": channels_first(predicted),
            "ploss_loss": tf.reduce_mean(errors, axis=0),
        }

    def _contrast(self, seen):
        calibrator = self.model.calibrator
        args = seen["normalized_interests"], seen["augmented_interests"]
        heads = calibrator.aggregated_head, calibrator.augmented_head
        one, two = (
            tf.linalg.normalize(head(x), axis=-1)[0]
            for head, x in zip(heads, args, strict=True)
        )
        return {
            "contrastive_proj_r": channels_first(one),
            "contrastive_proj_rstar": channels_first(two),
            "contrastive_sim": calibrator.similarities(*args),
        }

    def _first_pass(self, seen):
        """Channel 0's pass of the diffusion loss, token by token."""
        generator, noise = self.model.generator, self.noise
        clean, step = seen["normalized_interests"], noise["loss_step"]
        denoiser = generator.denoiser
        prepared = denoiser.prepare(clean, seen["channels"])
        noisy = generator.schedule.add_noise(clean, noise["loss"], step)
        blocks = denoiser.intermediates(noisy, step, prepared)
        results = {
            "time_raw": denoiser.step_embedding.sinusoids(step[:, 0]),
            "time_emb": denoiser.step_embedding(step[:, 0]),
            "net_in": tf.concat([noisy[:, :1], clean[:, 1:]], axis=1),
        }
        for number, block in enumerate(blocks):
            for name, value in block.items():
                first = tf.reshape(value, (*clean.shape[:2], *value.shape[1:]))[:, 0]
                results[f"block{number}_{name}"] = first
        results["net_out"] = results[f"block{len(blocks) - 1}_out"]
        return {f"p0_{name}": value for name, value in results.items()}

    def _tower_stages(self, training):
        """The tower on what it saw in training, in either mode."""
        stages = self.model.tower.outputs(self.tower_input, training=training)
        results = {**self._predicted(stages["logit"]), **_stage_names(stages)}
        prefix = "train__" if training else "tower_infer_on_train_feature__"
        dense = self.batch().dense
        if dense is not None:
            results["dense_bn_out"] = self.model.dense_norm(dense, training=training)
        return {prefix + name: value for name, value in results.items()}

    def _units(self):
        golden, generator = self.golden, self.model.generator
        if not golden.names("unit_"):
            return {}
        step = tf.constant(golden["unit_psample__in_t"] + 1, "int32")
        channel = int(golden["unit_psample__channel"])
        state, draw, guide, interests = (
            self._cast(golden[f"unit_psample__in_{name}"])
            for name in ("x", "z", "h", "channels")
        )
        shape = interests.shape
        prepared = generator.denoiser.prepare(interests, tf.broadcast_to(guide, shape))
        steps = tf.broadcast_to(step[:, None], shape[:2])
        predicted = generator.denoiser(tf.broadcast_to(state, shape), steps, prepared)
        _, sampled = generator.denoise_step(
            state[:, 0], step, predicted[:, channel], draw[:, 0]
        )
        return {
            "unit_psample__out": sampled,
            "unit_qsample__out": generator.schedule.add_noise(
                state[:, 0], draw[:, 0], step
            ),
            "unit_time_emb__out": generator.denoiser.step_embedding(step),
        }


def _stage_names(stages):
    """The tower's stages by the names that the files give them."""
    names = {}
    for name, value in stages.items():
        short = name.replace("batch_norm", "bn").replace("activation", "dice")
        names[f"tower_{short}_out"] = value
    return names
