"""From a run to the files."""

import pytest

from diffumin_tf.case_study import study_extra
from diffumin_tf.case_study.case_study import case_study
from diffumin_tf.case_study.trained_run import TrainedRun
from diffumin_tf.models import TWIN, DiffuMIN
from tests.case_study.small_case import (
    SELECTED,
    first_clicks,
    make_recipe,
    make_run,
    make_twin,
)
from tests.training.small_run import write_untrained_run

FILES = ["case_study.html", "case_study.png", "cosines.csv", "points.csv"]
CLICKS = first_clicks()
LONGEST = sorted(CLICKS, key=lambda key: -CLICKS[key][1])


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    path = tmp_path_factory.mktemp("run")
    write_untrained_run(path, make_recipe())
    return TrainedRun.load(path, make_recipe(), DiffuMIN)


@pytest.mark.slow
def test_files_of_the_longest_histories(run, tmp_path, capsys):
    output = tmp_path / "new" / "study"
    cases = case_study(run, output, twin=make_run(make_twin), num_draws=2)
    assert [case.user_key for case in cases] == LONGEST[:2]
    assert sorted(path.name for path in output.iterdir()) == FILES
    points = (output / "points.csv").read_text().splitlines()
    assert len(points) == 1 + 2 * (1 + 2 * (1 + 1 + 2) + SELECTED)
    assert not [line for line in points if line.endswith(",,")]  # All have a place.
    told = capsys.readouterr().out
    assert f"User {LONGEST[1]}, TWIN" in told
    page = (output / "case_study.html").read_text()
    assert "the choice is TWIN&#x27;s, the place DiffuMIN&#x27;s" in page
    assert f"Run {run.name}, split test, t-SNE with seed 0" in page


@pytest.mark.slow
def test_given_users_the_same_bytes_and_files_replaced(run, tmp_path):
    users = LONGEST[2], LONGEST[0]

    def made(seed):
        cases = case_study(run, tmp_path, users, num_draws=1, seed=seed)
        assert [case.user_key for case in cases] == [*users]
        return {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    first = made(0)
    assert first == made(0)
    other = made(1)
    assert first["cosines.csv"] == other["cosines.csv"]
    assert first["points.csv"] != other["points.csv"]
    assert "TWIN" not in other["case_study.html"].decode().rpartition("</script>")[2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"users": []}, r"users must be different users. Received: \[\]"),
        ({"users": [3, 3]}, r"different users. Received: \[3, 3\]"),
        ({"users": [99]}, r"users must be in the data. Received: \[99\]"),
        ({"num_users": 0}, "num_users must be at least 1. Received: 0"),
        ({"seed": -1}, "seed must be at least 0. Received: -1"),
        ({"num_draws": 0}, r"num_draws must lie in 1..noise_bank_size \(1024\).*: 0"),
        ({"num_draws": 1025}, "num_draws must lie in.*Received: 1025"),
        ({"perplexity": -1.0}, "perplexity must be positive. Received: -1.0"),
        ({"split": "dev"}, "split must be one of.*'dev'"),
    ],
)
def test_error_arguments(run, tmp_path, arguments, message):
    with pytest.raises(ValueError, match=message):
        case_study(run, tmp_path, **arguments)
    assert not list(tmp_path.iterdir())


def test_error_perplexity_leaves_nothing(run, tmp_path):
    with pytest.raises(ValueError, match="13.0 for 9 points"):
        case_study(run, tmp_path, num_users=1, num_draws=2, perplexity=13.0)
    assert not list(tmp_path.iterdir())


def test_error_output_is_a_file(run, tmp_path):
    (tmp_path / "file").write_text("kept")
    with pytest.raises(NotADirectoryError, match="must be a directory"):
        case_study(run, tmp_path / "file")
    assert (tmp_path / "file").read_text() == "kept"


def test_error_another_model(run, tmp_path):
    with pytest.raises(ValueError, match=f"run of TWIN is.*{tmp_path}.*is DiffuMIN"):
        TrainedRun.load(tmp_path, make_recipe(), TWIN)


def test_error_no_checkpoint(tmp_path):
    with pytest.raises(FileNotFoundError, match="A trained run is needed"):
        TrainedRun.load(tmp_path, make_recipe(), DiffuMIN)


def test_error_missing_packages(monkeypatch):
    study_extra.check_installed()
    monkeypatch.setattr(study_extra, "find_spec", lambda name: None)
    message = r"no scikit-learn, no plotly; run: pip install 'diffumin_tf\[study\]'"
    with pytest.raises(ValueError, match=message):
        study_extra.check_installed()
