"""Which vectors a case holds, against loops over the stored users."""

import math

import numpy as np
import pytest

from diffumin_tf.case_study.click import Click
from diffumin_tf.case_study.collect_cases import collect_cases
from diffumin_tf.case_study.point import AUGMENTED, CHANNEL, INTEREST, TWIN
from diffumin_tf.case_study.trained_run import TrainedRun
from diffumin_tf.data import IndustryWorld
from diffumin_tf.layers import OMIELayer, PredictionTower
from diffumin_tf.models import DiffuMIN
from diffumin_tf.training.evaluate import predict
from tests.case_study.small_case import (
    SELECTED,
    WORLD,
    first_clicks,
    make_recipe,
    make_run,
    make_twin,
)

C, DRAWS, NAMES = 2, 3, ("poi", "third_id", "aor_id")
CLICKS = [Click(key, *found) for key, found in first_clicks().items()][2::-1]
TOLERANCE = {"rtol": 1e-5, "atol": 1e-5}  # Sums of float32 in another order.


@pytest.fixture(scope="module")
def run():
    return make_run()


@pytest.fixture(scope="module")
def twin():
    return make_run(make_twin, sequence_length=90)


@pytest.fixture(scope="module")
def cases(run, twin):
    return collect_cases(run, CLICKS, "test", DRAWS, twin)


def embedded(run, user, role, places):
    """`[n, d]` from the table, the row of each id by the layout of the tables."""
    features, table = run.data.features, run.model.embedding.table.numpy()
    rows = [
        features.offset(name) + 1 + user[f"{role}/{name}"][places] for name in NAMES
    ]
    return np.concatenate([table[row] for row in rows], axis=-1)


def omie(model, history, target):
    """Channels, interests and how many behaviours each keeps, by loops."""
    channels = []
    for number in range(C):
        vector = target @ model.omie.projection.kernel.numpy()[:, number]
        for channel in channels:
            vector = vector - (vector @ channel) * channel
        channels.append(vector / np.linalg.norm(vector))
    scores = history @ np.array(channels).T
    most, interests, kept = math.ceil(0.2 * len(history)), [], []
    for channel in range(C):
        best = np.argsort(-scores[:, channel], kind="stable")[:most]
        own = [i for i in best if scores[i].argmax() == channel]
        kept.append(len(own))
        interests.append(history[own].mean(axis=0) if own else 0 * target)
    return np.array(channels), np.array(interests), kept


def test_every_point_of_diffumin(run, cases):
    for case, click in zip(cases, CLICKS, strict=True):
        user = WORLD.user(click.user_key - 1)
        target = embedded(run, user, "target", click.place)
        recent = range(click.behaviours)[-120:][::-1]
        history = embedded(run, user, "history", [*recent])
        channels, interests, kept = omie(run.model, history, target)
        np.testing.assert_array_equal(case.target.vector, target)
        found = np.array([point.vector for point in case.of(CHANNEL)])
        np.testing.assert_allclose(found, channels, **TOLERANCE)
        found = np.array([point.vector for point in case.of(INTEREST)])
        np.testing.assert_allclose(found, interests, **TOLERANCE)
        assert [point.behaviours for point in case.of(INTEREST)] == kept
        assert sum(kept) > 1
        ids = {name: user[f"target/{name}"][click.place] for name in NAMES}
        assert case.user_key == click.user_key and case.target.ids == ids
        assert case.target.time == user["impression_time"][click.place]


def test_which_points_there_are(cases):
    for case in cases:
        draws = [(AUGMENTED, draw) for draw in range(1, DRAWS + 1)]
        of_channel = [(CHANNEL, None), (INTEREST, None), *draws]
        of_diffumin = [(point.kind, point.draw) for point in case.points[1:-SELECTED]]
        assert of_diffumin == of_channel * C
        assert [p.rank for p in case.of(TWIN)] == [*range(1, SELECTED + 1)]
        assert case.num_channels == C


def test_score_and_noise_are_those_of_the_whole_split(run, cases):
    """Else the picture would not be of the prediction that the run made."""
    (batch,) = run.embedded(WORLD, CLICKS, "test")
    users = batch.user_key.numpy().tolist()
    columns = predict(run.model, run.data.split("test"), ("noise_key",))
    for case, click in zip(cases, CLICKS, strict=True):
        first, _ = WORLD.schema.splits["test"]
        times = WORLD.user(click.user_key - 1)["impression_time"]
        place = click.place - int((times < first).sum())
        row = np.flatnonzero(columns["user_key"] == click.user_key)[place]
        # Float32 in batches of other sizes.
        assert case.target.score == pytest.approx(columns["score"][row], abs=1e-5)
        noise_key = batch.noise_key[users.index(click.user_key)]
        assert noise_key == columns["noise_key"][row]


def test_draws_are_those_of_the_following_keys(run, cases):
    (batch,) = run.embedded(WORLD, CLICKS, "test")
    keys = sorted(click.user_key for click in CLICKS)
    for draw in range(DRAWS):
        moved = batch._replace(noise_key=batch.noise_key + draw)
        seen = run.model.predict_click(moved, training=False)
        for case in cases:
            row = keys.index(case.user_key)
            found = [p.vector for p in case.of(AUGMENTED) if p.draw == draw + 1]
            wanted = seen["augmented_interests"][row]
            np.testing.assert_allclose(np.array(found), wanted, **TOLERANCE)
    vectors = {point.vector.tobytes() for c in cases for point in c.of(AUGMENTED)}
    assert len(vectors) == len(CLICKS) * C * DRAWS


def test_what_twin_selects_as_diffumin_embeds_it(run, twin, cases):
    data = twin.data.split("test", with_time=True)
    first, _ = WORLD.schema.splits["test"]
    wanted = {}
    for batch, _ in data:
        seen = twin.model(batch, return_intermediates=True)
        rows = batch["rows"].numpy()
        for row, key in enumerate(batch["user_key"].numpy()):
            stored = batch["user_index"].numpy()[row], seen["positions"][row].numpy()
            wanted[key, batch["impression_time"].numpy()[row]] = (
                rows[batch["history"].numpy()[stored]],
                batch["history_time"].numpy()[stored],
            )
    for case in cases:
        rows, times = wanted[case.user_key, case.target.time]
        found = case.of(TWIN)
        assert [point.time for point in found] == times.tolist()
        offsets = [run.data.features.offset(name) + 1 for name in NAMES]
        ids = [[*point.ids.values()] for point in found]
        np.testing.assert_array_equal(np.array(ids) + offsets, rows)
        table = run.model.embedding.table.numpy()
        vectors = table[rows].reshape(SELECTED, -1)
        np.testing.assert_array_equal([point.vector for point in found], vectors)


def test_a_history_shorter_than_what_twin_selects(run):
    def make(embedding):
        model = make_twin(embedding)
        model.attention.num_selected = 10_000
        return model

    short = min(CLICKS, key=lambda click: click.behaviours)
    many = make_run(make, sequence_length=short.behaviours + 9)
    (case,) = collect_cases(run, [short], "test", 1, many)
    times = sorted(point.time for point in case.of(TWIN))
    stored = WORLD.user(short.user_key - 1)["history_time"]
    assert times == stored[: short.behaviours].tolist()


def test_without_the_generator_there_is_nothing_augmented():
    def make(embedding):
        return DiffuMIN(
            embedding,
            OMIELayer(C),
            tower=PredictionTower((8,)),
            short_term_length=10,
            use_generator=False,
        )

    (case,) = collect_cases(make_run(make), CLICKS[:1], "test", DRAWS)
    assert [p.kind for p in case.points] == ["target", *[CHANNEL, INTEREST] * C]


def test_error_twin_of_other_features(run):
    """Said before either model is asked for anything: there is none."""
    data = make_recipe(world=IndustryWorld(13)).data
    runs = TrainedRun("run", None, run.data), TrainedRun("twin", None, data)
    with pytest.raises(ValueError, match=r"features of the run's own.*\['tables'\]"):
        collect_cases(runs[0], CLICKS, "test", 1, runs[1])
