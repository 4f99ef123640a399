"""The order of a search, what it keeps, and what a kill costs it."""

import itertools

import optuna
import pytest

from diffumin_tf.experiments.search import Search
from diffumin_tf.experiments.trial import Trial

SPACE = {"a": ("1", "2"), "b": ("0.1", "0.2", "0.3")}
GRID = [{"a": a, "b": b} for a, b in itertools.product(*SPACE.values())]


def metrics(auc):
    return {"auc": auc, "gauc": None, "log_loss": 1 - auc, "impressions": 9}


def run(search, number_of_trials=None):
    """Ends some trials, the n-th with AUC .n; returns their combinations."""
    points = []
    while len(points) != number_of_trials and (following := search.next()):
        number, point = following
        search.finish(metrics(number / 10))
        points.append(point)
    return points


@pytest.fixture
def path(tmp_path):
    return tmp_path / "study.db"


def test_full_grid_holds_every_combination_once(path):
    search = Search(SPACE, 6, 0, path)
    points = run(search)
    assert sorted(points, key=GRID.index) == GRID
    assert points != GRID  # in an order of its own
    assert search.trials() == [
        Trial(number, point, auc=number / 10, log_loss=1 - number / 10)
        for number, point in enumerate(points, start=1)
    ]


def test_budget_draws_without_repetition_and_a_larger_one_goes_on(path):
    first = run(Search(SPACE, 4, 3, path))
    assert len(first) == 4 and all(first.count(point) == 1 for point in first)
    rest = run(Search(SPACE, 6, 3, path))
    assert sorted(first + rest, key=GRID.index) == GRID
    shorter = Search(SPACE, 2, 3, path)
    assert shorter.next() is None
    assert [trial.point for trial in shorter.trials()] == first[:2]


def test_order_is_the_seeds(tmp_path):
    orders = [
        run(Search(SPACE, 2, seed, tmp_path / f"{number}.db"))
        for number, seed in enumerate((1, 1, 2))
    ]
    assert orders[0] == orders[1] != orders[2]


def test_killed_search_goes_on_with_the_trial_that_it_lost(path, tmp_path):
    wanted = run(Search(SPACE, 6, 0, tmp_path / "whole.db"))
    search = Search(SPACE, 6, 0, path)
    run(search, 2)
    for _ in range(2):  # Killed twice in the same trial.
        search = Search(SPACE, 6, 0, path)
        assert search.next() == (3, wanted[2])
        assert len(search.trials()) == 2
    assert run(Search(SPACE, 6, 0, path)) == wanted[2:]
    found = Search(SPACE, 6, 0, path).trials()
    assert [trial.number for trial in found] == [1, 2, 3, 4, 5, 6]
    assert [trial.point for trial in found] == wanted


def test_killed_between_queue_and_start(path, monkeypatch):
    search = Search(SPACE, 6, 0, path)
    with monkeypatch.context() as patch:
        patch.setattr(optuna.Study, "ask", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            search.next()
    search = Search(SPACE, 2, 0, path)
    points = run(search)
    assert len(points) == 2 and points[0] != points[1]
    assert [trial.point for trial in search.trials()] == points


def test_killed_between_result_and_end(path, monkeypatch):
    search = Search(SPACE, 6, 0, path)
    _, point = search.next()
    with monkeypatch.context() as patch:
        patch.setattr(optuna.Study, "tell", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            search.finish(metrics(0.9))
    again = Search(SPACE, 6, 0, path)
    (found,) = again.trials()
    assert (found.point, found.auc) == (point, 0.9)
    assert again.next()[0] == 2
    study = optuna.load_study(study_name="tune", storage=f"sqlite:///{path}")
    assert study.best_value == 0.9


def test_failed_trial_is_kept_and_not_tried_again(path):
    search = Search(SPACE, 2, 0, path)
    _, point = search.next()
    search.fail("scores must not be NaN")
    run(search)
    found = Search(SPACE, 2, 0, path).trials()
    assert found[0] == Trial(1, point, failure="scores must not be NaN")
    assert found[1].auc == 0.2


def test_optuna_itself_can_read_the_study(path):
    points = run(Search(SPACE, 2, 0, path))
    study = optuna.load_study(study_name="tune", storage=f"sqlite:///{path}")
    assert (study.best_value, study.best_params) == (0.2, points[1])
