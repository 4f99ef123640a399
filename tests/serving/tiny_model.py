"""A SavedModel made in a second, with signatures like those of an export."""

import numpy as np
import tensorflow as tf


class TinyModel(tf.Module):
    """Scores that can be computed by hand: 0.5 price plus the sum of the ids."""

    def __init__(self):
        super().__init__()
        self.weight = tf.Variable(0.5)

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, None], tf.int64, "history_poi"),
            tf.TensorSpec([None], tf.float32, "context_price"),
        ]
    )
    def score(self, history_poi, context_price):
        message = ["history_poi must not be negative. Received:", history_poi]
        valid = tf.debugging.Assert(tf.reduce_all(history_poi >= 0), message)
        with tf.control_dependencies([valid]):
            ids = tf.reduce_sum(tf.cast(history_poi, tf.float32), axis=1)
        return {"click_probability": self.weight * context_price + ids}

    @tf.function(
        input_signature=[
            tf.TensorSpec([1, None], tf.int64, "history_poi"),
            tf.TensorSpec([None], tf.int64, "target_poi"),
        ]
    )
    def rank(self, history_poi, target_poi):
        ids = tf.reduce_sum(history_poi, axis=1) + target_poi
        return {"click_probability": tf.cast(ids, tf.float32)}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "city")])
    def cities(self, city):
        return {"city_bytes": city, "length": tf.strings.length(city)}


ROWS = {
    "history_poi": np.array([[1, 2], [3, 0]]),
    "context_price": np.array([0.5, -3], np.float32),
}
SCORES = [3.25, 1.5]
CANDIDATES = {"history_poi": np.array([[1, 2]]), "target_poi": np.array([10, 20, 30])}


def save_tiny_model(path, weight=0.5):
    """Writes one version of the model to the directory `path`."""
    model = TinyModel()
    model.weight.assign(weight)
    signatures = {
        "serving_default": model.score,
        "rank": model.rank,
        "cities": model.cities,
    }
    tf.saved_model.save(model, str(path), signatures=signatures)
    return path
