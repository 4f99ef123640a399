from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.experiments.request_time import draw_request, request_ms
from diffumin_tf.layers import FeatureEmbedding, PredictionTower, TWINAttention
from diffumin_tf.models import TWIN
from diffumin_tf.training.evaluate import predict
from diffumin_tf.training.recipe import Recipe
from tests.training.small_run import make_data

LENGTH = 3


def a_batch(rows, **columns):
    """Two impressions of one stored history of 4 positions; ids are places in rows."""
    features = {
        "rows": rows,
        "history": [[[1], [2], [3], [0]]],
        "user_index": [0, 0],
        "user_key": [7, 7],
        "target": [[1], [2]],
        "other": [[3], [3]],
        "noise_key": [5, 6],
        "impression_time": [50, 60],
        **columns,
    }
    return {name: tf.constant(value) for name, value in features.items()}, tf.zeros(2)


def a_source():
    """Data whose third impression, the first of the second user, sees the most."""
    batches = [
        a_batch([0, 10, 20, 30], history_start=[2, 1], history_length=[1, 2]),
        a_batch(
            [0, 11, 21, 31],
            history_start=[0, 1],
            history_length=[3, 2],
            user_key=[8, 8],
            noise_key=[1, 2],
        ),
        None,  # Never read.
    ]
    return SimpleNamespace(sequence_length=LENGTH, split=lambda *_: iter(batches))


def test_request_by_hand():
    model = SimpleNamespace(reads_time=False)
    request = draw_request(model, a_source(), "test", 4)
    expected = {
        "history": [[[11], [21], [31]]],
        "target": [[10], [20], [11], [21]],
        "other": [[30], [30], [31], [31]],
        "noise_key": [5, 6, 1, 2],
        "user_key": [8] * 4,
        "history_length": [3] * 4,
        "impression_time": [50] * 4,
        "user_index": [0] * 4,
    }
    assert {name: value.tolist() for name, value in request.items()} == expected


def test_window_of_the_longest_history_is_cut_out():
    model = SimpleNamespace(reads_time=False)
    request = draw_request(model, a_source(), "test", 1)
    assert request["history"].tolist() == [[[20], [30], [0]]]
    assert request["history_length"].tolist() == [2]
    assert request["target"].tolist() == [[10]]


@pytest.fixture(scope="module")
def world():
    """A model that reads time, and the data of a few users."""
    keras.utils.set_random_seed(0)
    data = make_data(num_users=4)

    def make_model(embedding):
        return TWIN(
            embedding,
            TWINAttention(num_selected=5),
            tower=PredictionTower((4,)),
            short_term_length=5,
        )

    def make_embedding(num_rows):
        return FeatureEmbedding(num_rows, 2)

    model = Recipe(data, make_model, make_embedding).build_model()
    dataset = data.split("test", with_time=True).cache()  # Makes the users once.
    return model, SimpleNamespace(
        split=lambda *_: dataset, batch_size=16, sequence_length=data.sequence_length
    )


def test_scores_are_those_of_the_impressions(world):
    model, data = world
    columns = predict(model, data.split())
    place, count = columns["history_length"].argmax(), len(columns["score"])
    request = draw_request(model, data, "test", count + 3)
    assert request["history"].shape[:2] == (1, data.sequence_length)
    scores = model.predict_step((request,)).numpy()
    # Of the user whose history it is, the impression that sees all of it.
    assert scores[place] == pytest.approx(columns["score"][place], rel=1e-5)
    # The split is smaller: its first targets come again.
    np.testing.assert_array_equal(request["target"][count:], request["target"][:3])


def test_median_in_milliseconds_of_what_comes_after_the_first(world):
    model, data = world
    durations = [100.0, 3.0, 1.0, 2.0, 9.0, 2.0]
    times = iter(np.cumsum([x for d in durations for x in (0.0, d)]))
    assert request_ms(model, data, "test", 40, lambda: next(times)) == 2000
    assert next(times, None) is None


def test_batches_are_no_larger_than_the_run_s(world, monkeypatch):
    model, data = world
    sizes = []
    step = model.predict_step

    def noting(inputs):
        size = tf.shape(inputs[0]["target"])[0]
        tf.py_function(lambda count: sizes.append(int(count)), [size], [])
        return step(inputs)

    monkeypatch.setattr(model, "predict_step", noting)
    assert request_ms(model, data, "test", 40) > 0
    # Three of about the same size, in each of six requests.
    assert sizes == [14, 13, 13] * 6
