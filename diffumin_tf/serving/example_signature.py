"""Requests as serialized examples, beside requests as tensors."""

import numpy as np
import tensorflow as tf

from diffumin_tf.data.stop_unless import stop_unless

EXAMPLES = tf.TensorSpec([None], tf.string, "examples")


def parse_examples(examples, inputs):
    """The tensors of a request from one `tf.train.Example` an impression.

    Args:
        examples: string tensor `[B]`, serialized. Each has the inputs as features of
            the same names: one value, or a history of any length, most recent
            behaviour first. A history that is empty may be left out.
        inputs: Name to `tf.TensorSpec`, `[B]` or, of a history, `[B, L]`.

    Returns:
        Name to tensor; L is the longest history's length, shorter ones are padded.
        A feature that is missing or of another type stops the graph with an error
        that names it, as do histories of unequal lengths.
    """
    features = {
        name: tf.io.RaggedFeature(spec.dtype)
        if _is_history(spec)
        else tf.io.FixedLenFeature([], spec.dtype)
        for name, spec in inputs.items()
    }
    parsed = tf.io.parse_example(examples, features)
    histories = {name: parsed[name] for name in inputs if _is_history(inputs[name])}
    lengths = tf.stack([values.row_lengths() for values in histories.values()])
    equal = tf.reduce_all(lengths == lengths[:1])
    names = " ".join(histories)
    message = f"{names} must be equally long. Received, a row a field:"
    with tf.control_dependencies([stop_unless(equal, message, lengths)]):
        padded = {name: values.to_tensor() for name, values in histories.items()}
    return {**parsed, **padded}


def make_example(values):
    """A serialized `tf.train.Example` of one impression.

    Args:
        values: Name to a number or a text, or to an array of a history's.
    """
    features = {name: _feature(np.atleast_1d(entry)) for name, entry in values.items()}
    whole = tf.train.Example(features=tf.train.Features(feature=features))
    return whole.SerializeToString()


def _feature(values):
    if values.dtype.kind in "iu":
        return tf.train.Feature(int64_list=tf.train.Int64List(value=values))
    if values.dtype.kind == "f":
        return tf.train.Feature(float_list=tf.train.FloatList(value=values))
    texts = [tf.compat.as_bytes(text) for text in values]
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=texts))


def _is_history(spec):
    return spec.shape.rank == 2
