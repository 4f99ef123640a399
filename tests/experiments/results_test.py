import dataclasses

import numpy as np
import pytest

from diffumin_tf import metrics
from diffumin_tf.experiments.results import Results
from diffumin_tf.experiments.scored_impressions import ScoredImpressions
from diffumin_tf.experiments.user_bootstrap import UserBootstrap


def _columns():
    rng = np.random.default_rng(0)
    return rng.integers(0, 2, 50).astype(np.float32), np.arange(50) // 5


def _score(seed):
    return np.random.default_rng(seed).uniform(size=50).astype(np.float32)


def _result(name, seed, scores):
    return ScoredImpressions(*_columns(), 30, seed=4).result(name, seed, scores)


@pytest.fixture
def results():
    found = Results("two")
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
    assert one.auc == np.mean(aucs[:2])
    assert one.gauc == np.mean([metrics.gauc(label, s, keys).value for s in scores[:2]])
    assert one.log_loss == np.mean([metrics.log_loss(label, s) for s in scores[:2]])
    bootstrap = UserBootstrap(label, keys, 30, seed=4)
    # Six digits of each are kept.
    drawn = [np.round(bootstrap.auc(score), 6) for score in scores]
    moved = (drawn[0] + drawn[1]) / 2 - drawn[2]
    assert (one.low, one.high) == tuple(np.percentile(moved, (2.5, 97.5)))
    assert (counts.auc, counts.log_loss) == (metrics.auc(label, np.arange(50)), None)


def test_runs_are_listed_by_model(results):
    names = [(name, seed) for name, seed, *_ in results.runs()]
    assert names == [("one", 0), ("one", 1), ("counts", None), ("two", 0)]


@pytest.mark.parametrize("name", ["label", "user_key"])
def test_error_other_impressions(results, name):
    other = dataclasses.replace(_result("two", 1, _score(5)), **{name: "other"})
    message = f"{name} differs between one/seed-0 and two/seed-1"
    with pytest.raises(ValueError, match=message):
        results.add(other, "two/seed-1")
