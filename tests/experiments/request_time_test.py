import keras
import numpy as np
import pytest

from diffumin_tf.experiments.request_time import request_ms
from diffumin_tf.layers import FeatureEmbedding, PredictionTower
from diffumin_tf.models import DIN
from diffumin_tf.training.recipe import Recipe
from tests.training.small_run import make_data


@pytest.fixture(scope="module")
def model_and_data():
    keras.utils.set_random_seed(0)
    data = make_data(num_users=4)

    def make_model(embedding):
        return DIN(embedding, tower=PredictionTower((4,)), short_term_length=5)

    def make_embedding(num_rows):
        return FeatureEmbedding(num_rows, 2)

    return Recipe(data, make_model, make_embedding).build_model(), data


def test_median_in_milliseconds_of_what_comes_after_the_first(model_and_data):
    durations = [100.0, 3.0, 1.0, 2.0, 9.0, 2.0]
    times = iter(np.cumsum([x for d in durations for x in (0.0, d)]))
    assert request_ms(*model_and_data, "test", 40, lambda: next(times)) == 2000
    assert next(times, None) is None


def test_all_candidates_are_scored_together(model_and_data, monkeypatch):
    model, data = model_and_data
    indices = []
    call = model.predict_click

    def noting(batch, training):
        indices.append(batch.user_index)
        return call(batch, training)

    monkeypatch.setattr(model, "predict_click", noting)
    assert request_ms(model, data, "test", 7) > 0
    # Traced once; without an index no history is copied for each candidate.
    assert indices == [None]
