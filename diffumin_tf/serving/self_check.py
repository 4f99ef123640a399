"""Whether an export computes what training's graph computes."""

import numpy as np
import tensorflow as tf

from diffumin_tf.serving.sample_requests import tile
from diffumin_tf.serving.servable import EXAMPLE_ROWS, RANK, RANK_ENCODED, ROWS, SCORE
from diffumin_tf.training.evaluate import predict

# The same operations in float32, in batches of other shapes: 4096 rows of a model
# trained on the synthetic world differed by up to 9e-7.
TOLERANCE = 1e-5


def check_export(path, samples, expected):
    """Scores held-out impressions by every signature of a SavedModel that scores.

    Args:
        path: The SavedModel's directory.
        samples: What `sample_requests` returned.
        expected: Click probabilities of its rows by the model that was trained, `[B]`.

    Returns:
        The largest difference by signature; candidates are compared with the same
        candidates as rows.

    Raises:
        ValueError: if one is above 1e-5.
    """
    signatures = tf.saved_model.load(str(path)).signatures

    def score(name, raw):
        tensors = {n: tf.convert_to_tensor(values) for n, values in raw.items()}
        return signatures[name](**tensors)[SCORE].numpy()

    tiled = score(ROWS, tile(samples[RANK]))
    wanted = {ROWS: expected, EXAMPLE_ROWS: expected, RANK: tiled, RANK_ENCODED: tiled}
    found = {
        name: _largest_difference(score(name, samples[name]), scores)
        for name, scores in wanted.items()
    }
    # Not `>`: of NaN no comparison is true.
    if wrong := {name: gap for name, gap in found.items() if not gap <= TOLERANCE}:
        raise ValueError(
            f"an export must score as the trained model does, to {TOLERANCE}. "
            f"Received, as largest differences: {wrong}."
        )
    return found


def expected_scores(model, data, split, count):
    """What the trained model gives to a split's first impressions, `[count]`."""
    batches = -(-count // data.batch_size)
    dataset = data.split(split, model.reads_time).take(batches)
    return predict(model, dataset)["score"][:count]


def _largest_difference(scores, others):
    if scores.shape != others.shape:
        raise ValueError(
            "an export must score every row. Received: scores of shape "
            f"{scores.shape} for {others.shape}."
        )
    return float(np.max(np.abs(scores - others)))
