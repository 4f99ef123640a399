import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.data import ClickData, IndustryWorld
from diffumin_tf.layers import FeatureEmbedding, PredictionTower
from diffumin_tf.models import DIN
from diffumin_tf.serving.held_out_requests import HeldOutRequests
from diffumin_tf.serving.impression_search import ImpressionSearch
from diffumin_tf.serving.request_log import RequestLog
from diffumin_tf.serving.row_comparison import RowComparison
from diffumin_tf.serving.score_skew import ScoreSkew
from diffumin_tf.serving.servable import Servable
from diffumin_tf.serving.skew import check_skew, compare_rows
from diffumin_tf.serving.skew_report import SkewReport
from diffumin_tf.serving.skew_tables import skew_lines
from diffumin_tf.training.checkpoints import restore_model
from diffumin_tf.training.recipe import Recipe
from diffumin_tf.training.run_directory import RunDirectory
from tests.serving.small_log import (
    INPUTS,
    RANK,
    ROWS,
    USERS,
    edited,
    small_source,
    write_log,
)
from tests.training.small_run import write_untrained_run

HISTORY = ("history_item", "history_city", "history_time")
LENGTH = 3


def compare(tmp_path, *entries, users=USERS, rows_at_once=100):
    """The report on a log; the model reads three behaviours."""
    log = RequestLog(write_log(tmp_path / "log", *entries), INPUTS)
    search = ImpressionSearch(small_source(users), INPUTS, "test")
    comparison = RowComparison(INPUTS, LENGTH, search.keys)
    report = SkewReport(log, ScoreSkew(None, None), comparison.names)
    for rows in log.chunks(rows_at_once):
        compare_rows(rows, search, comparison, report)
    return report


def differing(report):
    """Input to rows that differ, of those that do."""
    return {name: s.differing for name, s in report.inputs.items() if s.differing}


def how(report, name):
    """Kind to its rows and median behaviours."""
    return {kind: tuple(v.values()) for kind, v in report.inputs[name].how.items()}


def shifted(behaviours):
    """Without the most recent ones of all rows."""

    def shift(values):
        return values[:, behaviours:]

    return {name: shift for name in HISTORY}


def test_nothing_differs(tmp_path):
    report = compare(tmp_path, ("", ROWS), ("serving_default", ROWS))
    assert (report.rows, report.matched, report.complaint()) == (6, 6, None)
    names = {*HISTORY, "user_segment", "context_price"}
    assert report.inputs.keys() == names
    for skew in report.inputs.values():
        assert (skew.compared, skew.differing, skew.first) == (6, 0, None)
    assert report.to_dict()["scores"] is None


def test_what_no_model_reads_is_no_skew(tmp_path):
    """A fourth behaviour, and more padding; of two rows the model reads three."""

    def older(values):
        # ROWS already has a fourth behaviour in row 1, which nobody reads.
        values[1, 3] = 99 if values.dtype.kind != "O" else b"old"

    def padded(values):
        return np.pad(values, ((0, 0), (0, 2)), constant_values=b"")

    changes = {"history_item": older, "history_city": older, "history_time": older}
    assert compare(tmp_path, ("", edited(**changes))).complaint() is None
    numbers = {n: lambda v: np.pad(v, ((0, 0), (0, 2))) for n in HISTORY[::2]}
    rows = edited(**numbers, history_city=padded)
    assert compare(tmp_path, ("", rows)).complaint() is None


def test_one_id(tmp_path):
    def change(values):
        values[1, 1] = 99

    report = compare(tmp_path, ("", edited(history_item=change)))
    assert differing(report) == {"history_item": 1}
    assert how(report, "history_item") == {"values": (1, 1)}
    assert report.inputs["history_item"].share == 1 / 3
    assert report.inputs["history_item"].first == {
        "user_key": 1,
        "impression_time": 13,
        "logged": "(1 equal) 99 12",
        "stored": "(1 equal) 13 12",
        "record": f"{tmp_path / 'log'}, record 0",
    }
    assert report.complaint() == (
        "what was logged must be what the data hold. Received: history_item differs "
        "in 1 of 3 rows."
    )


def test_a_string_a_number_and_a_float(tmp_path):
    def other_city(values):
        values[0, 0] = b"zz"

    def change(values):
        # Row 0: one step of a float32, which a detour by float64 or text may cost.
        values[:] = [np.nextafter(values[0], np.float32(9)), 2.5001, np.nan]

    rows = edited(
        history_city=other_city, user_segment=lambda v: v + 1, context_price=change
    )
    report = compare(tmp_path, ("", rows))
    assert differing(report) == {
        "history_city": 1,
        "user_segment": 3,
        "context_price": 2,
    }
    assert report.inputs["user_segment"].first["logged"] == "2"
    assert report.inputs["context_price"].first["logged"] == "2.5001"
    assert report.inputs["history_city"].first["logged"] == "zz b a"
    json.dumps(report.to_dict(), allow_nan=False)


def test_late(tmp_path):
    """User 1 lacks 2 of 3 and 2 of 4 behaviours; user 2 the only one."""
    report = compare(tmp_path, ("", edited(**shifted(2))))
    assert differing(report) == dict.fromkeys(HISTORY, 3)
    for name in HISTORY:
        assert how(report, name) == {"late": (2, 2), "empty": (1, 1)}


def test_late_by_different_numbers(tmp_path):
    """What is late sends a behaviour that the data's three do not hold."""
    entries = [("", edited(**shifted(n))) for n in (1, 1, 2)]
    report = compare(tmp_path, *entries)
    assert how(report, "history_item") == {"late": (6, 1), "empty": (3, 1)}


def test_oldest_first(tmp_path):
    rows = edited(**{name: lambda v: v[:, ::-1] for name in HISTORY})
    report = compare(tmp_path, ("", rows))
    # Row 0: a padding, then 11 12 13; read are 0 11 12 for 13 12 11. Row 1: 11 12 13
    # for 14 13 12. Row 2: its behaviour is behind the three that are read.
    assert how(report, "history_item") == {
        "oldest first": (2, 3),
        "padded first": (1, 3),
    }


def test_one_column_oldest_first(tmp_path):
    rows = edited(history_time=lambda v: v[:, ::-1])
    report = compare(tmp_path, ("", rows))
    assert differing(report) == {"history_time": 3}
    # Row 2: 0 0 0 3 for 3.
    assert how(report, "history_time") == {
        "oldest first": (2, 3),
        "padded first": (1, 3),
    }


def test_truncated(tmp_path):
    report = compare(
        tmp_path, ("", edited(**{name: lambda v: v[:, :1] for name in HISTORY}))
    )
    assert differing(report) == dict.fromkeys(HISTORY, 2)
    assert how(report, "history_time") == {"shorter": (2, 2)}


def test_a_column_that_is_not_filled(tmp_path):
    report = compare(tmp_path, ("", edited(history_time=np.zeros_like)))
    assert differing(report) == {"history_time": 3}
    assert how(report, "history_time") == {"empty": (3, 3)}


def test_rows_that_are_not_in_the_data(tmp_path):
    rows = edited(
        user_key=lambda v: np.array([1, 1, 3]),
        impression_time=lambda v: v + np.array([3600, 0, 0]),
        target_city=lambda v: np.array([b"y", b"x", b"x"], object),
    )
    report = compare(tmp_path, ("", rows), ("", ROWS))
    assert (report.rows, report.matched) == (6, 3)
    assert report.missing == {"user": 1, "time": 1, "target": 1}
    assert report.first_missing == {
        "user_key": 1,
        "impression_time": 3612,
        "target_item": 5,
        "target_city": "y",
        "record": f"{tmp_path / 'log'}, record 0",
    }
    assert report.complaint() is None


def test_nothing_matches(tmp_path):
    report = compare(tmp_path, ("", edited(impression_time=lambda v: v + 3600)))
    assert report.complaint() == (
        "the log must hold impressions of the data. Received: 3 rows in 1 requests, "
        "none of them in the data."
    )
    # An impression of the other split.
    rows = edited(impression_time=lambda v: v * 0 + 5, target_item=lambda v: v * 0 + 4)
    assert compare(tmp_path, ("", rows)).missing["time"] == 3


def test_candidates(tmp_path):
    """The first was shown, the second was not."""
    report = compare(tmp_path, ("rank", RANK))
    assert (report.matched, report.missing["target"]) == (1, 1)
    assert report.complaint() is None
    late = {name: RANK[name][:, 1:] for name in HISTORY}
    report = compare(tmp_path, ("rank", RANK | late))
    assert how(report, "history_item") == {"late": (1, 1)}


def test_shown_twice_at_once(tmp_path):
    """Of two impressions that only the price tells apart the one that fits counts."""
    twice = dict(USERS[0])
    for name in ("impression_time", "history_length", "target/item", "target/city"):
        twice[name] = [*twice[name], twice[name][-1]]
    twice["context/price"] = [0.5, 1.5, 9.5, 2.5]
    report = compare(tmp_path, ("", ROWS), users=[twice, USERS[1]])
    assert (report.matched, report.complaint()) == (3, None)


def test_a_user_in_two_records(tmp_path):
    columns = ("impression_time", "history_length", "context/price")
    names = [*columns, "target/item", "target/city"]
    first, second = (
        USERS[0] | {name: USERS[0][name][part] for name in names}
        for part in (slice(0, 2), slice(2, 3))
    )
    report = compare(tmp_path, ("", ROWS), users=[first, USERS[1], second])
    assert (report.matched, report.complaint()) == (3, None)


@pytest.mark.parametrize("rows_at_once", [1, 4, 100])
def test_parts_of_any_size_say_the_same(tmp_path, rows_at_once):
    entries = [("", edited(**shifted(1))), ("rank", RANK), ("", ROWS)]
    report = compare(tmp_path, *entries, rows_at_once=rows_at_once)
    assert (report.matched, report.missing["target"]) == (7, 1)
    assert how(report, "history_item") == {"late": (2, 1), "empty": (1, 1)}


def test_the_tables_say_what_was_found(tmp_path):
    entries = [("", edited(**shifted(1))), ("rank", RANK), ("interests", ROWS)]
    lines = skew_lines(compare(tmp_path, *entries))
    cells = [line.split() for line in lines]
    assert "not compared: interests 1".split() in cells
    assert "found in the data 4".split() in cells
    assert "another target at the time 1".split() in cells
    late = "history_item 4 3 75.00 % late 2 (1), empty 1 (1)".split()
    assert late in cells
    assert "user_segment 4 0 0.00 %".split() in cells
    assert lines[-1] == "history_time, user 1 at 12: logged 2 1; stored 9 2 1"
    assert lines[-4].startswith("first not found: user_key 1, impression_time 13, ")


def test_a_behaviour_too_many_in_one_column(tmp_path):
    """Row 2 gets a second city: the model reads a second behaviour, of no item."""

    def add(values):
        values[2, 1] = b"zz"

    report = compare(tmp_path, ("", edited(history_city=add)))
    assert differing(report) == dict.fromkeys(HISTORY, 1)
    assert how(report, "history_city") == {"longer": (1, 1)}


@pytest.fixture(scope="module")
def din(tmp_path_factory):
    """An untrained run of few users, whose scores tell impressions apart."""

    def make_model(embedding):
        return DIN(embedding, tower=PredictionTower((4,)), short_term_length=5)

    def make_embedding(num_rows):
        normal = keras.initializers.RandomNormal(stddev=1.0, seed=1)
        return FeatureEmbedding(num_rows, 4, embeddings_initializer=normal)

    data = ClickData(IndustryWorld(6, 200), 16, sequence_length=120, slack=32)
    recipe = Recipe(data, make_model, make_embedding)
    path = tmp_path_factory.mktemp("din") / "run"
    write_untrained_run(path, recipe)
    return path, recipe


@pytest.fixture(scope="module")
def served(din):
    """The first 70 impressions, more than are scored at once, and their scores."""
    path, recipe = din
    model = recipe.build_model()
    restore_model(RunDirectory(path), model)
    data = recipe.data
    servable = Servable(model, data.features, data.sequence_length)
    requests = HeldOutRequests(
        data.source, servable.inputs, "test", data.sequence_length
    )
    rows = requests.rows(70)
    assert len(rows["user_key"]) == 70
    raw = {name: tf.constant(values) for name, values in rows.items()}
    return rows, servable.score(raw)["click_probability"].numpy()


def test_answers_of_the_run_itself(din, served, tmp_path):
    rows, scores = served
    write_log(tmp_path / "log", ("", rows, scores), ("", rows))
    report = check_skew(*din, tmp_path / "log*")
    assert (report.matched, report.complaint()) == (140, None)
    assert report.scores.compared == 70
    # Other batches of the same float32 operations.
    assert report.scores.largest <= 1e-6
    assert report.to_dict()["versions"] == {"3": 70 // 70}


def test_answers_to_a_late_history_and_of_another_model(din, served, tmp_path):
    """20 impressions with late histories, then 10 with another model's answers."""
    rows, scores = served
    late = {name: values[:20] for name, values in rows.items()}
    names = [name for name in rows if name.startswith("history_")]
    late |= {name: np.pad(late[name][:, 2:], ((0, 0), (0, 2))) for name in names}
    other = {name: values[20:30] for name, values in rows.items()}
    wrong = scores + 0.25
    write_log(tmp_path / "log", ("", late, wrong[:20]), ("", other, wrong[20:30]))
    report = check_skew(*din, tmp_path / "log", rows_at_once=7)
    full = rows["history_poi"][:20, 119] != 0
    assert report.inputs["history_poi"].differing == 20
    assert full.any()
    assert report.inputs["history_poi"].how["late"] == {
        "rows": 20,
        "median_behaviours": 2,
    }
    found = report.scores.to_dict()
    assert (found["differing"], found["differing_with_equal_inputs"]) == (30, 10)
    # A float32 near 1 has steps of 6e-8; the scores differ by a few.
    assert found["mean_difference"] == pytest.approx(0.25, abs=1e-6)
    assert found["largest_difference"] == pytest.approx(0.25, abs=1e-6)
    assert report.complaint().endswith("the score in 30 of 30 rows.")


def test_error_data_of_other_features(din, served, tmp_path):
    write_log(tmp_path / "log", ("", served[0]))
    with pytest.raises(ValueError, match="must have the features of the run's own"):
        check_skew(*din, tmp_path / "log", source=IndustryWorld(5))


def test_error_no_rows_at_once(din):
    with pytest.raises(ValueError, match="rows_at_once must be at least 1"):
        check_skew(*din, "log", rows_at_once=0)
