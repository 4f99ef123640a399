"""A tuning: with trials that train nothing, killed and gone on with; one in earnest."""

import csv

import pytest

from diffumin_tf import config
from diffumin_tf.experiments.choice import Choice
from diffumin_tf.experiments.trial_run import TrialRun, find_source
from diffumin_tf.experiments.tune import tune
from diffumin_tf.experiments.tuning import Tuning
from diffumin_tf.file_lock import hold_lock
from diffumin_tf.metric_inputs import NaNScoreError
from diffumin_tf.training.recipe import Recipe
from diffumin_tf.training.run_directory import RunDirectory
from tests.experiments.small_comparison import SMALL

RATES = Choice("LEARNING_RATE", [0.001, 0.01, 0.1])
LENGTHS = Choice("SHORT_TERM_LENGTH", [3, 7])
FILES = ("tuning.md", "tuning.csv", "best.gin")


class Killed(BaseException):
    """Stands for a process that dies; nothing catches it."""


@pytest.fixture(scope="module", autouse=True)
def registered():
    config.register_all()


def small_tuning(**changes):
    arguments = {
        "run_file": "gin/industry.gin",
        "gin_files": ["gin/models/din_s.gin"],
        "space": [RATES, LENGTHS],
        "num_trials": 3,
        "bindings": SMALL,
        "own_processes": False,  # They take seconds to start.
    }
    return Tuning(**{**arguments, **changes})


class FakeTraining:
    """Stands for `TrialRun.train`: the AUC is .5, .51, .52 and so on.

    Args:
        failures: Number of a call, from 1, to what it raises.
    """

    def __init__(self, failures=None):
        self.trained = []
        self._calls = 0
        self._failures = failures or {}

    def __call__(self, run):
        self._calls += 1
        if self._calls in self._failures:
            (run.directory / "checkpoints").mkdir(parents=True, exist_ok=True)
            raise self._failures[self._calls]
        auc = 0.5 + len(self.trained) / 100
        metrics = {"auc": auc, "gauc": None, "log_loss": 0.6}
        RunDirectory(run.directory).write_json("metrics.json", metrics)
        self.trained.append(run.directory.name)


@pytest.fixture
def training(monkeypatch):
    def install(failures=None):
        fake = FakeTraining(failures)
        monkeypatch.setattr(TrialRun, "train", lambda run: fake(run))
        return fake

    return install


def texts(path):
    # The commands name the directory.
    return [(path / name).read_text().replace(str(path), "OUT") for name in FILES]


def test_report_and_what_is_left(tmp_path, training):
    fake = training()
    trials = tune(small_tuning(), tmp_path)
    assert fake.trained == ["trial-0001", "trial-0002", "trial-0003"]
    assert [trial.auc for trial in trials] == [0.5, 0.51, 0.52]
    with open(tmp_path / "tuning.csv") as file:
        rows = list(csv.DictReader(file))
    assert [row["best"] for row in rows] == ["0", "0", "1"]
    assert [row["LEARNING_RATE"] for row in rows] == [
        trial.point["LEARNING_RATE"] for trial in trials
    ]
    page = (tmp_path / "tuning.md").read_text()
    assert page.startswith("# 3 of 6 combinations on gin/industry.gin, gin/models/din_")
    assert f"--gin_file={tmp_path}/best.gin" in page
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {*FILES, ".lock", "tune.json", "study.db"}


def test_best_gin_is_read_on_top_of_the_run_file(tmp_path, training):
    training()
    best = tune(small_tuning(), tmp_path)[-1].point
    config.load(
        ["gin/industry.gin", "gin/models/din_s.gin", str(tmp_path / "best.gin")], SMALL
    )
    model = config.call(Recipe).new_model()
    assert str(model.short_term_length) == best["SHORT_TERM_LENGTH"]
    assert f"LEARNING_RATE = {best['LEARNING_RATE']}\n" in config.operative_config()


def test_trial_sees_no_test_split():
    tuning = small_tuning()
    run = TrialRun(tuning, 1, ["SHORT_TERM_LENGTH = 3"], "out", find_source(tuning))
    run.load()
    schema = config.call(Recipe).data.source.schema
    assert list(schema.splits) == ["train", "validation"]
    assert config.bound_text("train.test_split") == "'validation'"
    assert "'--gin_bindings=SHORT_TERM_LENGTH = 3'" in run.command


def test_killed_tuning_goes_on_to_the_same_files(tmp_path, training):
    training()
    trials = tune(small_tuning(), tmp_path / "whole")
    fake = training({2: Killed(), 3: Killed()})
    for _ in range(2):
        with pytest.raises(Killed):
            tune(small_tuning(), tmp_path / "killed")
        # What it takes to go on inside the trial.
        assert (tmp_path / "killed/trial-0002/checkpoints").exists()
        assert len((tmp_path / "killed/tuning.csv").read_text().splitlines()) == 2
    assert tune(small_tuning(), tmp_path / "killed") == trials
    assert fake.trained == ["trial-0001", "trial-0002", "trial-0003"]
    assert texts(tmp_path / "killed") == texts(tmp_path / "whole")


def test_again_trains_nothing_and_more_trials_go_on(tmp_path, training):
    fake = training()
    tune(small_tuning(num_trials=2), tmp_path)
    before = texts(tmp_path)
    (tmp_path / "tuning.md").unlink()  # As a kill before it was written leaves it.
    tune(small_tuning(num_trials=2), tmp_path)
    assert texts(tmp_path) == before
    assert len(fake.trained) == 2
    trials = tune(small_tuning(num_trials=None), tmp_path)
    assert len(fake.trained) == 6
    assert len({tuple(trial.point.items()) for trial in trials}) == 6


def test_trial_that_diverges_is_noted(tmp_path, training):
    training({1: NaNScoreError("scores must not be NaN.\n  In call to configurable")})
    trials = tune(small_tuning(), tmp_path)
    assert [trial.auc for trial in trials] == [None, 0.5, 0.51]
    page = (tmp_path / "tuning.md").read_text()
    assert page.count("failed") == 2
    assert "Trial 1 failed: scores must not be NaN.\n" in page
    assert "trial 3." in (tmp_path / "best.gin").read_text()


def test_error_all_trials_failed(tmp_path, training):
    training({1: MemoryError("too large"), 2: MemoryError("larger")})
    with pytest.raises(ValueError, match="2 that failed, the last because: larger"):
        tune(small_tuning(num_trials=2), tmp_path)
    assert "too large" in (tmp_path / "tuning.md").read_text()
    assert not (tmp_path / "best.gin").exists()


def test_error_other_than_of_a_trial_ends_the_tuning(tmp_path, training):
    training({1: ValueError("a user must be as the schema says")})
    with pytest.raises(ValueError, match="a user must be"):
        tune(small_tuning(), tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"space": [Choice("NUM_CHANELS", [2])]}, "NUM_CHANELS is never used"),
        ({"space": [Choice("DIN.tempo", [2])]}, "no parameter 'tempo'"),
        ({"space": [Choice("SHORT_TERM_LENGTH", [3, -1])]}, "num_recent must be pos"),
        ({"bindings": (*SMALL, "NUM_USERS = 1")}, "a click and a non-click"),
        ({"validation_share": 1e-7}, "share must leave seconds"),
    ],
)
def test_error_found_before_the_first_trial(changes, message, tmp_path, training):
    fake = training()
    with pytest.raises(ValueError, match=message):
        tune(small_tuning(num_trials=1, **changes), tmp_path)
    assert not fake.trained and not (tmp_path / "tune.json").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"space": [RATES]}, "another space"),
        ({"seed": 1}, "another seed, 1 instead of 0"),
        ({"validation_share": 0.3}, "configuration.*'HeldOutSource.share = 0.[23]'"),
        ({"gin_files": ["gin/models/din.gin"]}, "configuration, which differs in"),
    ],
)
def test_error_directory_of_another_tuning(changes, message, tmp_path, training):
    training()
    tune(small_tuning(num_trials=1), tmp_path)
    before = texts(tmp_path)
    with pytest.raises(FileExistsError, match=f"tune.json must hold.*{message}"):
        tune(small_tuning(num_trials=1, **changes), tmp_path)
    assert texts(tmp_path) == before


def test_error_second_process(tmp_path):
    with hold_lock(tmp_path / ".lock", "it"):
        with pytest.raises(BlockingIOError, match="one process at a time"):
            tune(small_tuning(), tmp_path)


@pytest.mark.slow
def test_trials_train_and_are_told_apart(tmp_path):
    rates = Choice("EMBEDDING_LEARNING_RATE", [0.001, 10.0])
    trials = tune(small_tuning(space=[rates], num_trials=None), tmp_path)
    assert all(0 < trial.auc < 1 and trial.log_loss > 0 for trial in trials)
    assert trials[0].log_loss != trials[1].log_loss
    assert not list(tmp_path.glob("trial-*"))
