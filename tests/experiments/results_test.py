import dataclasses

import numpy as np
import pytest

from diffumin_tf import metrics
from diffumin_tf.experiments.results import Results
from diffumin_tf.experiments.scored_impressions import ScoredImpressions
from diffumin_tf.experiments.user_bootstrap import UserBootstrap
from tests.experiments.small_results import a_comparison, make_results


def _columns():
    rng = np.random.default_rng(0)
    return rng.integers(0, 2, 50).astype(np.float32), np.arange(50) // 5


def _score(seed):
    return np.random.default_rng(seed).uniform(size=50).astype(np.float32)


def _result(name, seed, scores):
    return ScoredImpressions(*_columns(), 30, seed=4).result(name, seed, scores)


@pytest.fixture
def results():
    found = Results(a_comparison("two", "one"))
    found.add(_result("one", 0, _score(1)), "one/seed-0")
    found.add(_result("counts", None, np.arange(50)), "counts")
    found.add(_result("two", 0, _score(2)), "two/seed-0")
    found.add(_result("one", 1, _score(3)), "one/seed-1")
    return found


def test_rows_are_the_metrics_of_the_scores(results):
    one, two, counts = results.rows()
    assert [one.model, two.model, counts.model] == ["one", "two", "counts"]
    assert (results.num_impressions, results.num_users) == (50, 10)
    label, keys = _columns()
    scores = [_score(seed) for seed in (1, 3, 2)]
    aucs = [metrics.auc(label, score) for score in scores]
    assert one.auc.mean == np.mean(aucs[:2])
    gaucs = [metrics.gauc(label, score, keys).value for score in scores[:2]]
    assert one.gauc.mean == np.mean(gaucs)
    log_losses = [metrics.log_loss(label, score) for score in scores[:2]]
    assert one.log_loss.mean == np.mean(log_losses)
    bootstrap = UserBootstrap(label, keys, 30, seed=4)
    # Six digits of each are kept.
    drawn = [np.round(bootstrap.auc(score), 6) for score in scores]
    moved = (drawn[0] + drawn[1]) / 2 - drawn[2]
    assert (one.baseline.low, one.baseline.high) == pytest.approx(
        np.percentile(moved, (2.5, 97.5)), rel=1e-12
    )
    assert counts.auc == (metrics.auc(label, np.arange(50)), None)
    assert counts.log_loss is None


def test_runs_are_listed_by_model(results):
    names = [(result.model, result.seed) for result in results.runs()]
    assert names == [("one", 0), ("one", 1), ("counts", None), ("two", 0)]


def test_focus_is_held_against_the_best_of_the_other_trained_models():
    found = Results(a_comparison("mine", "worse", "better", focus="mine"))
    for run in (
        *make_results("mine", 0.9, 0.9),
        *make_results("worse", 0.8, 0.4),  # The best run, but not the best mean.
        *make_results("better", 0.7, 0.7),
    ):
        found.add(run, "somewhere")
    rule = dataclasses.replace(make_results("rule", 0.8)[0], seed=None)
    found.add(rule, "somewhere")
    mine, worse, better, _ = found.rows()
    assert mine.competitor.other == "better"
    assert mine.competitor.value == pytest.approx(0.2)
    assert (worse.competitor, better.competitor) == (None, None)


def test_a_focus_alone_has_no_competitor():
    found = Results(a_comparison("mine", "other", focus="mine"))
    found.add(make_results("mine", 0.9)[0], "somewhere")
    assert found.rows()[0].competitor is None


def test_machines_are_told_once():
    found = Results(a_comparison("a"))
    assert found.machines == []
    for machine in ("X", None, "Y", "X"):
        found.add(make_results("a", 0.5, machine=machine)[0], "somewhere")
    assert found.machines == ["X", "Y"]


@pytest.mark.parametrize("name", ["label", "user_key"])
def test_error_other_impressions(results, name):
    other = dataclasses.replace(_result("two", 1, _score(5)), **{name: "other"})
    message = f"{name} differs between one/seed-0 and two/seed-1"
    with pytest.raises(ValueError, match=message):
        results.add(other, "two/seed-1")
