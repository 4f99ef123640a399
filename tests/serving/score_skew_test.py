from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.serving.score_skew import ScoreSkew


class Stacking:
    """Stands for `HeldOutRequests`: a row is a number, and its score a tenth of it."""

    def __init__(self):
        self.sizes = []

    def stack(self, rows):
        self.sizes.append(len(rows))
        return {"number": np.array(rows, np.float32)}


def skew():
    servable = SimpleNamespace(
        score=lambda raw: {"click_probability": tf.constant(raw["number"]) / 10}
    )
    stacking = Stacking()
    return ScoreSkew(servable, stacking), stacking


def test_by_hand():
    found, _ = skew()
    found.add(0.1, 1, inputs_differ=False)
    found.add(0.25, 2, inputs_differ=False)
    found.add(0.2, 3, inputs_differ=True)
    found.add(0.4, 4, inputs_differ=True)
    found.finish()
    wanted = {
        "compared": 4,
        "differing": 2,
        "differing_with_equal_inputs": 1,
        "mean_difference": (0.05 + 0.1) / 4,
        "largest_difference": 0.1,
    }
    # Float32 scores.
    assert found.to_dict() == pytest.approx(wanted, abs=1e-7)


def test_none_without_scores():
    found, _ = skew()
    found.finish()
    assert found.to_dict() is None


def test_rows_are_scored_in_batches_and_each_once():
    found, stacking = skew()
    for number in range(130):
        found.add(number / 10, number, inputs_differ=False)
    found.finish()
    found.finish()
    assert stacking.sizes == [64, 64, 2]
    assert (found.compared, found.differing) == (130, 0)


def test_a_score_that_is_no_number_differs():
    found, _ = skew()
    for score in (np.nan, 0.2):
        found.add(score, 2, inputs_differ=False)
    found.finish()
    assert found.differing == 1
    # JSON has no NaN.
    assert found.to_dict()["largest_difference"] is None
