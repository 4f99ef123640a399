"""The model of gin/models/released.gin with a golden file's sizes and weights."""

import numpy as np

from diffumin_tf import config
from diffumin_tf.training.recipe import Recipe
from tests.golden.golden_file import (
    block_variable,
    head_variable,
    step_variable,
    tower_variable,
)
from tests.golden.released_layout import ReleasedLayout, is_eleme


def make_model(golden):
    """The preset with the file's sizes and weights."""
    meta = golden.meta
    kinds = {"linear": "linear", "cosine": "cosine", "exp": "exponential"}
    values = {
        "SEED": 0,
        "SEQUENCE_LENGTH": meta["l"],
        "SHORT_TERM_LENGTH": meta["subseq_len"],
        "NUM_CHANNELS": meta["channel_num"],
        "NUM_SAMPLING_STEPS": meta["infer_timesteps"],
        "OMIELayer.top_k": meta["topk"],
        "NoiseSchedule.num_steps": meta["timesteps"],
        "NoiseSchedule.kind": kinds[meta["beta_sche"]],
        "NoiseSchedule.beta_start": meta["beta_start"],
        "NoiseSchedule.beta_end": meta["beta_end"],
        "ContrastiveCalibrator.temperature": meta["temp"],
        "PredictionTower.hidden_units": tuple(meta["deep_layers"]),
        "PredictionTower.activation": meta["activation"],
        "DiffuMIN.sample_rate": meta["sample_rate"],
        "DiffuMIN.diffusion_weight": meta["lamda1"],
        "DiffuMIN.contrastive_weight": meta["lamda2"],
        "DiffuMIN.add_extra_losses": True,
        "Recipe.data": None,
        "FeatureEmbedding.admission_count": 0,
        "FeatureEmbedding.embedding_dim": meta["embed_dim"],
    }
    for layer in ("Denoiser", "TransformerEncoder"):
        values[f"{layer}.num_blocks"] = meta["n_layers"]
        values[f"{layer}.num_heads"] = meta["num_heads"]
        values[f"{layer}.feed_forward_factor"] = meta["dff_factor"]
    if is_eleme(golden):
        fields = golden["in__item_ids"].shape[1]
        values["DiffuMIN.num_projected_fields"] = fields
        values["DiffuMIN.normalize_dense"] = True
    lines = [f"{name} = {value!r}" for name, value in values.items()]
    config.register_all()
    config.load(["gin/models/released.gin"], lines)
    recipe = config.call(Recipe)
    embedding = recipe.make_embedding(num_rows=len(golden["w__emb_table"]))
    model = recipe.make_model(embedding=embedding)
    model.build({name: value.shape for name, value in inputs_of(golden).items()})
    for name, variable in weights(model, golden).items():
        variable.assign(ReleasedLayout(golden).ours(name, golden[f"w__{name}"]))
    return model


def inputs_of(golden):
    """The batch of ids. Which of the item's fields are `target` makes no difference."""
    inputs = {"history": golden["in__his_ids"]}
    if not is_eleme(golden):
        return inputs | {"target": golden["in__tgt_ids"]}
    fields = golden["in__his_ids"].shape[2]
    item, names = golden["in__item_ids"], ("in__user_ids", "in__ctx_ids")
    other = [item[:, fields:], *(golden[name] for name in names)]
    inputs |= {"target": item[:, :fields], "other": np.concatenate(other, axis=1)}
    return inputs | {"dense": golden["in__dense"]}


def weights(model, golden):
    """The model's variable for each `w__` array, by the name without `w__`."""
    return {name[3:]: _variable(model, name[3:]) for name in golden.names("w__")}


def _variable(model, name):
    part, *path = name.split("__")
    norms = ["self_norm", "cross_norm", "output_norm"]
    if part == "emb_table":
        return model.embedding.table
    if part == "proj_target":
        return getattr(model.omie.projection, path[0])
    if part == "tgt_emb":
        return getattr(model.target_projection, path[0])
    if part == "dense_bn":
        return getattr(model.dense_norm, path[0])
    if part == "cl":
        return head_variable(model.calibrator, path)
    if part == "time":
        return step_variable(model.generator.denoiser.step_embedding, path)
    if part in ("diff", "norm"):
        return block_variable(model.generator.denoiser, path, norms)
    if part == "st":
        return block_variable(model.short_term_encoder, path, norms)
    return tower_variable(model.tower, path)
