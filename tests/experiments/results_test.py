import numpy as np
import pytest

from diffumin_tf import metrics
from diffumin_tf.experiments.results import Results
from diffumin_tf.experiments.user_bootstrap import UserBootstrap


def _columns(seed):
    rng = np.random.default_rng(0)
    labels, keys = rng.integers(0, 2, 50).astype(np.float32), np.arange(50) // 5
    score = np.random.default_rng(seed).uniform(size=50).astype(np.float32)
    return {"label": labels, "user_key": keys, "score": score}


@pytest.fixture
def results():
    found = Results("two", num_samples=30, seed=4)
    found.add_run("one", 0, _columns(1), "one/seed-0")
    found.add_reference("counts", np.arange(50))
    found.add_run("two", 0, _columns(2), "two/seed-0")
    found.add_run("one", 1, _columns(3), "one/seed-1")
    return found


def test_rows_are_the_metrics_of_the_scores(results):
    one, two, counts = results.rows()
    assert [one.model, two.model, counts.model] == ["one", "two", "counts"]
    assert (results.num_impressions, results.num_users) == (50, 10)
    label, keys = (_columns(0)[name] for name in ("label", "user_key"))
    scores = [_columns(seed)["score"] for seed in (1, 3, 2)]
    aucs = [metrics.auc(label, score) for score in scores]
    assert one.auc == np.mean(aucs[:2])
    assert one.gauc == np.mean([metrics.gauc(label, s, keys).value for s in scores[:2]])
    assert one.log_loss == np.mean([metrics.log_loss(label, s) for s in scores[:2]])
    bootstrap = UserBootstrap(label, keys, 30, seed=4)
    drawn = [bootstrap.auc(score) for score in scores]
    moved = (drawn[0] + drawn[1]) / 2 - drawn[2]
    assert (one.low, one.high) == tuple(np.percentile(moved, (2.5, 97.5)))
    assert (counts.auc, counts.log_loss) == (metrics.auc(label, np.arange(50)), None)


def test_runs_are_listed_by_model(results):
    names = [(name, seed) for name, seed, *_ in results.runs()]
    assert names == [("one", 0), ("one", 1), ("counts", None), ("two", 0)]


@pytest.mark.parametrize("name", ["label", "user_key"])
def test_error_other_impressions(results, name):
    other = _columns(5)
    other[name] = other[name][::-1].copy()
    message = f"{name} differs between one/seed-0 and two/seed-1"
    with pytest.raises(ValueError, match=message):
        results.add_run("two", 1, other, "two/seed-1")


def test_error_reference_of_another_length(results):
    with pytest.raises(ValueError, match="scores must have one entry a label"):
        results.add_reference("short", np.arange(3))
