"""Whether our DIN and TWIN compute what FuxiCTR's do, given the same weights.

    /tmp/other/bin/python benchmarks/other_library.py --model=din --seeds=1 \\
        --arrays=/tmp/jakarta_arrays --num_recent=20 --save=/tmp/din.npz
    python benchmarks/other_library_weights.py --arrays=/tmp/jakarta_arrays \\
        --saved=/tmp/din.npz

Training hides small differences between two models and adds some of its own. Here
the weights that the library trained move into our model, and the click probabilities
of the test split are compared one by one. A TWIN agrees only with one head or with
`--top_k` of at least `--num_recent`: the library's heads keep K behaviours each, ours
K in all. A DIN with `--softmax` does not: the library's has no 1/√d.
"""

import argparse
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np  # noqa: E402
from keras import ops  # noqa: E402

from benchmarks import other_library_batches as batches  # noqa: E402
from diffumin_tf.layers import (  # noqa: E402
    Dice,
    DINAttention,
    FeatureEmbedding,
    PredictionTower,
    TimeGapEmbedding,
    TWINAttention,
)
from diffumin_tf.models import DIN, TWIN  # noqa: E402

_TABLES = "embedding_layer.embedding_layer.embedding_layers"
_ATTENTION = "attention_layers.attention_layer.mlp"
_MOST_IMPRESSIONS = 4096


def table_offsets(fields):
    """What to add to a table's ids, by table, for rows of one table of all."""
    offsets, end = {}, 0
    for field in fields["target"] + fields["other"]:
        if field["table"] not in offsets:
            offsets[field["table"]] = end
            end += field["num_ids"] - 1  # all tables share row 0
    return offsets, end + 1


def make_inputs(arrays, fields):
    """Our batch of the first impressions."""
    offsets, _ = table_offsets(fields)
    inputs = {"history_length": arrays["history_length"].astype(np.int32)}
    for group in ("history", "target", "other"):
        offset = np.array([offsets[field["table"]] for field in fields[group]], int)
        rows = np.where(arrays[group] == 0, 0, arrays[group] + offset)
        inputs[group] = rows.astype(np.int32)
    # Of one bucket all gaps look alike, as they do to a TWIN without them.
    inputs["history_time"] = np.zeros(inputs["history"].shape[:2], np.int64)
    inputs["impression_time"] = np.zeros(len(inputs["target"]), np.int64)
    return {name: ops.convert_to_tensor(value) for name, value in inputs.items()}


def make_model(settings, fields, inputs):
    """Our model in the shape of the library's, without its weights."""
    embedding = FeatureEmbedding(table_offsets(fields)[1], settings["embedding_dim"])
    tower = PredictionTower(settings["hidden_units"], settings["activation"].lower())
    common = {"embedding": embedding, "tower": tower, "use_short_term": False}
    if settings["model"] == "din":
        model = DIN(attention=_din_attention(settings), **common)
    else:
        attention = _twin_attention(settings)
        model = TWIN(attention=attention, time_gap=TimeGapEmbedding(1), **common)
    model.build({name: tuple(value.shape) for name, value in inputs.items()})
    return model


def _din_attention(settings):
    activation = settings["attention_activation"].lower()
    return DINAttention(settings["attention_units"], activation, settings["softmax"])


def _twin_attention(settings):
    heads = settings["num_heads"]
    return TWINAttention(settings["top_k"], heads, settings["attention_dim"] // heads)


def load_weights(model, weights, fields):
    """Moves the library's weights into our model.

    Args:
        model: A built `DIN` or `TWIN`.
        weights: Dict of arrays as the library names them.
        fields: What `load_fields` returns.
    """
    _load_tables(model.embedding, weights, fields)
    if isinstance(model, DIN):
        _load_din(model.attention, weights)
    else:
        _load_twin(model.attention, weights)
    dim = model.embedding.embedding_dim
    widths = [dim * len(fields[group]) for group in ("other", "target")]
    _load_tower(model.tower, weights, widths)


def _load_tables(embedding, weights, fields):
    offsets, num_rows = table_offsets(fields)
    table = np.zeros((num_rows, embedding.embedding_dim), np.float32)
    for field in fields["target"] + fields["other"]:
        start = offsets[field["table"]] + 1
        rows = weights[f"{_TABLES}.{batches.library_name(field)}.weight"][1:]
        table[start : start + len(rows)] = rows
    embedding.table.assign(table)


def _load_din(attention, weights):
    kernel = weights[f"{_ATTENTION}.0.weight"].T
    target, own, difference, product = np.split(kernel, 4)
    # The library subtracts the other way round.
    attention.kernel.assign(np.concatenate([own, target, -difference, product]))
    attention.bias.assign(weights[f"{_ATTENTION}.0.bias"])
    for place, stage in enumerate(attention.stages, start=1):
        _load_stage(stage, weights, f"{_ATTENTION}.{place}")


def _load_twin(attention, weights):
    for ours, theirs in (("query", "W_q"), ("key", "W_h"), ("output", "W_o")):
        kernel = weights[f"long_attention.{theirs}.weight"].T
        getattr(attention, f"{ours}_kernel").assign(kernel)
    value = weights["long_attention.W_v.weight"].T
    cross = attention.cross_kernel.shape[0]
    attention.cross_kernel.assign(np.zeros(attention.cross_kernel.shape))
    attention.value_kernel.assign(np.pad(value, [(0, cross), (0, 0)]))


def _load_tower(tower, weights, widths):
    """The tower; its first kernel's rows come in another order."""
    kernel = weights["dnn.mlp.0.weight"].T
    other, target, rest = np.split(kernel, np.cumsum(widths))
    # TWIN's recent branch, whose width the target has, stands before the interest.
    kernel = np.concatenate([rest[-len(target) :], target, other])
    weights = {**weights, "dnn.mlp.0.weight": kernel.T}
    for place, stage in enumerate(tower.stages):
        _load_stage(stage, weights, f"dnn.mlp.{place}")


def _load_stage(stage, weights, name):
    """One layer of an MLP, whichever kind it is."""
    if isinstance(stage, Dice):
        deviation = np.sqrt(weights[f"{name}.bn.running_var"])
        stage.alpha.assign(weights[f"{name}.alpha"])
        stage.moving_mean.assign(weights[f"{name}.bn.running_mean"])
        stage.moving_deviation.assign(deviation)
    elif f"{name}.running_mean" in weights:
        parts = ("weight", "bias", "running_mean", "running_var")
        stage.set_weights([weights[f"{name}.{part}"] for part in parts])
    elif f"{name}.bias" in weights:
        kernel, bias = weights[f"{name}.weight"].T, weights[f"{name}.bias"]
        stage.set_weights([kernel, bias])
    elif f"{name}.weight" in weights:  # PReLU
        stage.set_weights([weights[f"{name}.weight"]])


def compare(arrays_directory, saved):
    """Predicts the first test impressions with our model and the library's weights.

    Args:
        arrays_directory: `Path` that `other_library_arrays.py` wrote.
        saved: File that `other_library.py` saved.

    Returns:
        The settings of the library's run, and the library's and our click
        probabilities, `[N]` each.
    """
    with np.load(saved) as file:
        weights = dict(file)
    settings = json.loads(str(weights.pop("settings")))
    theirs = weights.pop("probability")[:_MOST_IMPRESSIONS]
    fields = batches.load_fields(arrays_directory)
    arrays = batches.load_arrays(arrays_directory, "test", settings["num_recent"])
    arrays = {name: values[: len(theirs)] for name, values in arrays.items()}
    inputs = make_inputs(arrays, fields)
    model = make_model(settings, fields, inputs)
    load_weights(model, weights, fields)
    return settings, theirs, ops.convert_to_numpy(ops.sigmoid(model(inputs)))


def main():
    """Compares the probabilities."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--arrays", type=Path, required=True)
    parser.add_argument("--saved", type=Path, required=True)
    options = parser.parse_args()
    settings, theirs, ours = compare(options.arrays, options.saved)
    print(
        f"{settings['model']}: probabilities of {len(theirs):,} impressions differ by "
        f"at most {np.abs(ours - theirs).max():.1e}; they lie in "
        f"[{theirs.min():.3f}, {theirs.max():.3f}]"
    )


if __name__ == "__main__":
    main()
