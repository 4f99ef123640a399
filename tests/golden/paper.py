"""What the public layers compute of a `paper_*` golden file."""

import numpy as np
import tensorflow as tf

from diffumin_tf.layers import (
    ContrastiveCalibrator,
    Denoiser,
    DiffusionGenerator,
    FeatureEmbedding,
    NoiseSchedule,
    OMIELayer,
    PredictionTower,
    TransformerEncoder,
)
from diffumin_tf.models import DiffuMIN
from diffumin_tf.models.embedded_batch import EmbeddedBatch
from tests.golden.golden_file import (
    block_variable,
    channels_first,
    head_variable,
    rows_first,
    step_variable,
    tower_variable,
)


def build_model(golden, dtype):
    """The model that the file's meta describes, with the file's weights."""
    meta = golden.meta
    encoder = {
        "num_heads": meta["num_heads"],
        "feed_forward_factor": meta["dff_factor"],
        "output_projection": meta["out_proj"],
        "dtype": dtype,
    }
    schedule = NoiseSchedule(
        meta["timesteps"], beta_start=meta["beta_start"], beta_end=meta["beta_end"]
    )
    sign = "positive_diagonal" if golden.is_preset else "householder"
    model = DiffuMIN(
        FeatureEmbedding(2, dtype=dtype),
        OMIELayer(meta["channel_num"], meta["top_p"], sign_rule=sign, dtype=dtype),
        DiffusionGenerator(
            meta["infer_timesteps"],
            schedule,
            Denoiser(meta["n_layers"], **encoder),
            normalize_interests=golden.is_preset,
            dtype=dtype,
        ),
        ContrastiveCalibrator(
            meta["temp"],
            meta["cl_proj"],
            exclude_same_user=golden.is_preset,
            dtype=dtype,
        ),
        short_term_encoder=TransformerEncoder(meta["n_layers_short"], **encoder),
        tower=_tower(golden, dtype),
        short_term_length=meta["subseq_len"],
        diffusion_weight=meta["lamda1"],
        contrastive_weight=meta["lamda2"],
        dtype=dtype,
    )
    model.embedding.build()
    model.build_on(meta["d"], golden["in__e_other"].shape[1])
    for name, variable in weights(model, golden).items():
        variable.assign(golden[name].reshape(variable.shape))
    return model


def _tower(golden, dtype):
    meta = golden.meta
    if not golden.is_preset:
        return PredictionTower(
            meta["mlp_layers"], activation="relu", batch_norm=False, dtype=dtype
        )
    return PredictionTower(
        meta["tower_layers"],
        activation=meta["tower_activation"],
        batch_norm_momentum=meta["bn_momentum"],
        dice_momentum=meta["dice_momentum"],
        dtype=dtype,
    )


def weights(model, golden):
    """The model's variable for each `w__` array of the file."""
    return {
        name: _variable(model, name.split("__")[1:]) for name in golden.names("w__")
    }


def _variable(model, path):
    part, *path = path
    if part == "proj":
        return model.omie.projection.kernel
    if part == "cl":
        return head_variable(model.calibrator, path)
    if part == "time":
        return step_variable(model.generator.denoiser.step_embedding, path)
    if part in ("diff", "short"):
        owner = model.generator.denoiser if part == "diff" else model.short_term_encoder
        norms = ["self_norm", "cross_norm", "output_norm"]
        if part == "short":
            norms.remove("cross_norm")
        return block_variable(owner, path, norms)
    return tower_variable(model.tower, path)


def noise_of(golden, dtype):
    def cast(values):
        return tf.cast(values, dtype)

    return {
        "start_step": tf.constant(rows_first(golden["noise__sample_t"]), "int32"),
        "start": cast(rows_first(golden["noise__sample_eps"])),
        "chain": cast(golden["noise__sample_z"].transpose(2, 1, 0, 3)),
        "loss_step": tf.constant(rows_first(golden["noise__train_t"]), "int32"),
        "loss": cast(rows_first(golden["noise__train_eps"])),
    }


def batch_of(golden, dtype):
    mask = golden["in__mask"]
    users = golden.arrays.get("in__user_index", np.arange(len(mask)))
    length = mask.sum(1).astype("int32")
    return EmbeddedBatch(
        history=tf.cast(golden["in__E"], dtype),
        mask=tf.constant(mask),
        start=tf.zeros_like(length),
        length=tf.constant(length),
        user_index=None,
        user_key=tf.constant(users, "int64"),
        target=tf.cast(golden["in__e_s"], dtype),
        other=tf.cast(golden["in__e_other"], dtype),
        noise_key=tf.zeros_like(length),
    )


def compute(golden, dtype):
    """The names of the file's outputs, and their arrays from the public layers."""
    options = any(name.startswith("out__Gamma__") for name in golden.arrays)
    arrays = (compute_options if options else compute_model)(golden, dtype)
    return golden.names("out__") + golden.names("grad__"), arrays


def compute_model(golden, dtype):
    """Every `out__*` and `grad__*` array of a file of the whole model."""
    model, batch = build_model(golden, dtype), batch_of(golden, dtype)
    noise = noise_of(golden, dtype)
    results = _omie(model, batch) | _schedule(model, golden)
    if golden.is_preset:
        moved = {n: v for n, v in weights(model, golden).items() if not v.trainable}
        saved = {name: variable.numpy() for name, variable in moved.items()}
    variables = {n: v for n, v in weights(model, golden).items() if v.trainable}
    inputs = {"E": batch.history, "e_s": batch.target, "e_other": batch.other}
    with tf.GradientTape() as tape:
        tape.watch(list(inputs.values()))
        outputs = model.predict_click(batch, training=True, noise=noise)
        labels = tf.cast(golden["in__label"], dtype)
        losses = model.compute_losses(outputs, labels, tf.ones_like(labels))
    results |= _outputs(outputs, losses) | _generator(model, outputs, golden)
    results |= _calibrator(model, outputs)
    if golden.is_preset:
        sources = {f"grad__{n[3:]}": v.value for n, v in variables.items()}
        sources |= {f"grad__{n}": v for n, v in inputs.items()}
        grads = tape.gradient(losses["loss"], sources, unconnected_gradients="zero")
        results |= grads | _inference(model, outputs, moved, saved)
        results["out__r_norm"] = outputs["normalized_interests"]
    return {name: np.asarray(value) for name, value in results.items()}


def _omie(model, batch):
    layer = model.omie
    seen = layer(batch.history, batch.target, batch.mask, return_intermediates=True)
    projected = layer.projection.project(batch.target)
    upper = np.asarray(tf.einsum("bid,bjd->bij", seen["channels"], projected))
    return {
        "out__e_s_proj": projected,
        "out__qr_R": np.triu(upper),
        "out__O": seen["channels"],
        "out__A": seen["scores"],
        "out__Phi": seen["routing"],
        "out__Gamma": seen["kept"],
        "out__n_kept": tf.reduce_sum(seen["kept"], axis=1),
    }


def _schedule(model, golden):
    generator, steps = model.generator, golden["out__time_t"]
    embedding = generator.denoiser.step_embedding
    table = generator.schedule
    return {
        "out__beta": table.beta,
        "out__alpha": table.alpha,
        "out__alpha_bar": table.alpha_bar,
        "out__time_t": steps,
        "out__time_raw": embedding.sinusoids(tf.constant(steps, "int32")),
        "out__time_emb": embedding(tf.constant(steps, "int32")),
    }


def _outputs(outputs, losses):
    return {
        "out__r": outputs["interests"],
        "out__r_star": outputs["augmented_interests"],
        "out__e_s_star": outputs["short_term_interest"],
        "out__mlp_in": outputs["tower_input"],
        "out__logit": outputs["logit"],
        "out__y_hat": tf.sigmoid(outputs["logit"]),
        "out__L": losses["loss"],
        "out__L_ctr": losses["click_loss"],
        "out__L_d": losses["diffusion_loss"],
        "out__L_cl": losses["contrastive_loss"],
    }


def _generator(model, outputs, golden):
    generator, noise = model.generator, outputs["noise"]
    clean, channels = outputs["normalized_interests"], outputs["channels"]
    prepared = generator.denoiser.prepare(clean, channels)
    noisy = generator.schedule.add_noise(clean, noise["loss"], noise["loss_step"])
    errors = channels_first(generator.squared_errors(clean, channels, noise))
    results = {
        "out__r_t": channels_first(noisy),
        "out__eps_hat": channels_first(
            generator.denoiser(noisy, noise["loss_step"], prepared)
        ),
        "out__L_d_elem": errors,
        "out__L_d_per_channel": errors.mean(1),
        "out__L_d_alg1": errors.mean(1).sum(),
    }
    blocks = generator.denoiser.intermediates(noisy, noise["loss_step"], prepared)
    for number, block in enumerate(blocks):
        for name, value in block.items():
            first = tf.reshape(value, (*clean.shape[:2], *value.shape[1:]))[:, 0]
            results[f"out__c0_block{number}_{name}"] = first
    path = generator.trajectory(clean, channels, noise)
    for name, key in (("traj", "states"), ("mu", "means"), ("eps_hat", "predictions")):
        stacked = np.stack([np.asarray(state) for state in path[key]])
        results[f"out__sample_{name}"] = stacked.transpose(2, 0, 1, 3)
    return results


def _calibrator(model, outputs):
    args = outputs["normalized_interests"], outputs["augmented_interests"]
    return {
        "out__cl_logits": model.calibrator.similarities(*args),
        "out__cl_mask": model.calibrator.negatives_mask(outputs["user_key"]),
        "out__L_cl_elem": model.calibrator.row_losses(*args, outputs["user_key"]),
    }


def _inference(model, outputs, moved, saved):
    """The tower after one training step, then at inference with either statistics."""
    results = {f"out__after_step__{n[3:]}": v.numpy() for n, v in moved.items()}
    tower_input = outputs["tower_input"]
    results["out__logit_infer_after_step"] = model.tower(tower_input)
    for name, variable in moved.items():
        variable.assign(saved[name])
    stages = {"training": model.tower.outputs(tower_input, training=True)}
    for name, variable in moved.items():
        variable.assign(saved[name])
    stages["inference"] = model.tower.outputs(tower_input)
    for mode, prefix in (
        ("training", "out__tower_"),
        ("inference", "out__tower_infer_"),
    ):
        for name, value in stages[mode].items():
            short = name.replace("batch_norm", "bn").replace("activation", "dice")
            results[f"{prefix}{short}_out"] = value
    results["out__logit_infer"] = stages["inference"]["logit"][:, 0]
    results["out__y_hat_infer"] = tf.sigmoid(results["out__logit_infer"])
    return results


def compute_options(golden, dtype):
    """The channels and the filtering readings of a `paper_omie_options` file."""
    mask, target = tf.constant(golden["in__mask"]), tf.cast(golden["in__e_s"], dtype)
    count = golden["in__W"].shape[1]
    results = {}
    for rule, name in (
        ("householder", "householder"),
        ("positive_diagonal", "posdiag"),
    ):
        layer = OMIELayer(count, sign_rule=rule, dtype=dtype)
        layer.build((None, None, target.shape[1]))
        layer.projection.kernel.assign(golden["in__W"])
        results[f"out__O_{name}"] = layer.channels(target)
        results["out__e_s_proj"] = layer.projection.project(target)
    for name in golden.names("out__Phi__"):
        scores = tf.cast(golden[f"in__A_{name.split('__')[2]}"], dtype)
        routed = OMIELayer(count, dtype=dtype).route(_swapped(scores))
        results[name] = _swapped(routed) * tf.cast(mask[..., None], dtype)
    selects = {}
    for name in golden.names("out__Gamma__"):
        _, _, case, *reading = name.split("__")
        if (reading := tuple(reading)) not in selects:
            selects[reading] = _select(count, reading, dtype)
        scores = tf.cast(golden[f"in__A_{case}"], dtype)
        results[name] = _swapped(selects[reading](_swapped(scores), mask))
    return {name: np.asarray(value) for name, value in results.items()}


def _select(count, reading, dtype):
    """`OMIELayer.select` under one reading of top-p%."""
    share, share_of, rounding, rank_over = reading
    of = {"valid": "valid", "l": "padded"}[share_of]
    layer = OMIELayer(
        count,
        top_share=float(share[1:]),
        rounding="half_up" if rounding == "round" else rounding,
        share_of="routed" if rank_over == "routed" else of,
        rank_over=rank_over,
        dtype=dtype,
    )
    # Its loop takes long, step by step.
    return tf.function(layer.select, autograph=False)


def _swapped(scores):
    """`[B, l, c]` to the layer's `[B, c, l]`, or back."""
    return tf.transpose(scores, [0, 2, 1])
