"""SavedModel export: raw ids in, click probabilities out."""

import os
import shutil
import tempfile
from pathlib import Path

import keras
import tensorflow as tf

from diffumin_tf.data.encoding import IdEncoder, deduplicate_batch
from diffumin_tf.data.readable_errors import readable_file_errors
from diffumin_tf.serving.example_signature import EXAMPLES, parse_examples
from diffumin_tf.training.checkpoints import restore_model
from diffumin_tf.training.run_directory import RunDirectory

_DTYPES = {"int64": tf.int64, "string": tf.string}


def export(run_dir, recipe, export_dir=None):
    """Writes the model of a finished run for TF Serving.

    Args:
        run_dir: The run's directory.
        recipe: The run's `Recipe`.
        export_dir: Where to write; `export` in the run directory by default.

    Returns:
        The path written.

    Raises:
        FileExistsError: if there is something at `export_dir`.
    """
    run = RunDirectory(run_dir)
    target = Path(export_dir) if export_dir else run.path / "export"
    if target.exists():
        raise FileExistsError(f"The export's directory must be new; there is {target}.")
    model = recipe.build_model()
    restore_model(run, model)
    save_servable(model, recipe.data.features, recipe.data.sequence_length, target)
    print(f"exported {target}")
    return target


def save_servable(model, features, sequence_length, path):
    """Writes a SavedModel; it appears under its name only when it is whole.

    `serving_default` takes tensors, `serve_examples` one serialized example an
    impression.

    Args:
        model: A built `CTRModel`.
        features: The `FeatureSpec` of the raw ids.
        sequence_length: Most behaviours the model reads; the more recent ones of a
            longer history are kept.
        path: Directory to make.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    encoder = IdEncoder(features, check=True)
    inputs = serving_inputs(features, model.reads_time, model.reads_sizes)

    def score(raw):
        batch = serving_batch(encoder, raw, sequence_length, model.least_length)
        return {"click_probability": model.predict_step((batch,))}

    def score_examples(examples):
        return score(parse_examples(examples, inputs))

    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.track(encoder)
    archive.add_endpoint("serving_default", score, input_signature=[inputs])
    archive.add_endpoint("serve_examples", score_examples, input_signature=[EXAMPLES])
    draft = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        with readable_file_errors(draft):
            archive.write_out(str(draft), verbose=False)
        os.replace(draft, path)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def serving_inputs(features, with_time=False, with_sizes=False):
    """The signature's inputs by name: a field's slash becomes an underscore.

    Args:
        features: The `FeatureSpec` of the raw ids.
        with_time: Whether the model reads `history_time`, in seconds.
        with_sizes: Whether it reads `history_size`, the sizes of clusters.
    """
    inputs = {
        "user_key": tf.TensorSpec([None], tf.int64, "user_key"),
        "impression_time": tf.TensorSpec([None], tf.int64, "impression_time"),
    }
    columns = ["history_time"] * with_time + ["history_size"] * with_sizes
    for name in columns:
        inputs[name] = tf.TensorSpec([None, None], tf.int64, name)
    for field in features.fields:
        name = _serving_name(field)
        shape = [None, None] if field.role == "history" else [None]
        inputs[name] = tf.TensorSpec(shape, _DTYPES[field.dtype], name)
    for field in features.dense_fields:
        name = _serving_name(field)
        inputs[name] = tf.TensorSpec([None], tf.float32, name)
    return inputs


def serving_batch(encoder, raw, sequence_length, shortest):
    """A model's batch from a request: one history a row, most recent first.

    Args:
        encoder: The `IdEncoder` of the features.
        raw: Tensors named as `serving_inputs` names them. A history ends where all
            of its fields hold no value; `history_time` and `history_size` are read
            where they are there.
        sequence_length: Positions that are read.
        shortest: Positions that the model needs; shorter histories are padded.
    """
    spec = encoder.spec
    named = {"user_key": raw["user_key"], "impression_time": raw["impression_time"]}
    for field in (*spec.fields, *spec.dense_fields):
        values = raw[_serving_name(field)]
        if field.role == "history":
            values = _fit(values, sequence_length, shortest)
        named[field.name] = values
    length = _history_length([named[field.name] for field in spec.history_fields])
    named |= {
        "user_index": tf.range(tf.size(length)),
        "history_start": tf.zeros_like(length),
        "history_length": length,
    }
    encoded = encoder.encode(named)
    del encoded["user_index"]  # Without it the model copies no history.
    batch = deduplicate_batch(encoded, spec.num_rows)
    if "history_time" in raw:
        times = _fit(raw["history_time"], sequence_length, shortest)
        batch |= {"history_time": times, "impression_time": raw["impression_time"]}
    if "history_size" in raw:
        sizes = _fit(raw["history_size"], sequence_length, shortest)
        batch["history_size"] = sizes
    return batch


def _fit(values, longest, shortest):
    """`[B, L]`: the more recent positions, filled up to those that are needed."""
    values = values[:, :longest]
    missing = tf.maximum(shortest - tf.shape(values)[1], 0)
    return tf.pad(values, [[0, 0], [0, missing]], constant_values=_no(values))


def _history_length(columns):
    """`[B]` int32: positions up to the last one that holds a value."""
    filled = tf.reduce_any(tf.stack([c != _no(c) for c in columns]), axis=0)
    place = tf.range(1, tf.shape(filled)[1] + 1)
    return tf.reduce_max(tf.where(filled, place, 0), axis=1)


def _no(values):
    return tf.zeros([], values.dtype)


def _serving_name(field):
    return field.name.replace("/", "_")
