"""A comparison of two tiny models, run once; then again, and killed."""

import dataclasses
import shutil

import pytest

from diffumin_tf import config
from diffumin_tf.experiments.compare import compare
from diffumin_tf.experiments.machine import machine
from diffumin_tf.experiments.seed_run import SeedRun
from diffumin_tf.experiments.variant import Variant
from diffumin_tf.file_lock import hold_lock
from diffumin_tf.training.progress import Progress
from tests.experiments.small_comparison import MODELS, small_comparison

TABLES = ("results.md", "results.csv", "results.tex", "results_runs.csv")
FIGURES = ("results.png", "results.svg")


@pytest.fixture(scope="module", autouse=True)
def registered():
    config.register_all()


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    path = tmp_path_factory.mktemp("comparison")
    return path, compare(small_comparison(), path)


def texts(path):
    return {name: (path / name).read_text() for name in TABLES}


def temporary(path):
    """Files that a finished comparison must not hold."""
    names = (".tmp", "_temp", "tempstate", ".unfinished")
    return [p for p in path.rglob("*") if any(name in p.name for name in names)]


def copy_without_models(path, copy):
    shutil.copytree(path, copy, ignore=shutil.ignore_patterns("checkpoints"))


class Killed(BaseException):
    """Stands for a process that dies; nothing catches it."""


def test_tables_hold_every_model(finished):
    path, rows = finished
    assert [row.model for row in rows] == ["DIN(S)", "DIN, all", "item popularity"]
    assert [row.runs for row in rows] == [2, 2, 1]
    assert rows[0].baseline is None
    assert rows[1].baseline.low <= rows[1].baseline.high
    assert 0.9 < rows[0].calibration.mean / rows[1].calibration.mean < 1.1
    page = (path / "results.md").read_text()
    assert "AUC − DIN(S)" in page and "DIN, all − DIN(S), the best" in page
    for name in FIGURES:
        assert (path / name).stat().st_size > 1000
    runs = (path / "results_runs.csv").read_text().splitlines()
    assert len(runs) == 1 + 5
    for model in ("din-s", "din-all"):
        for seed in (0, 1):
            assert (path / model / f"seed-{seed}" / "metrics.json").exists()
    assert not temporary(path)


def test_parameters_are_those_of_the_models(finished):
    _, rows = finished
    size = {row.model: (row.table_parameters, row.other_parameters) for row in rows}
    assert size["item popularity"] == (None, None)
    short, long = size["DIN(S)"], size["DIN, all"]
    # They differ in what they read, not in their weights.
    assert short == long and short[0] > short[1] > 0


@pytest.mark.slow
def test_times_are_measured_while_the_weights_are_there(finished, tmp_path):
    path, _ = finished
    timed = small_comparison(
        measures_times=True, num_seeds=1, variants=MODELS[:1], focus=None
    )
    shutil.copytree(path / "din-s", tmp_path / "din-s")
    result = tmp_path / "din-s" / "seed-0" / "result.json"
    result.unlink()
    row = compare(timed, tmp_path)[0]
    assert row.examples_per_second.mean > 0 and row.request_ms.mean > 0
    text = (tmp_path / "results.md").read_text()
    assert machine() in text.replace("\n", " ")
    shutil.rmtree(tmp_path / "din-s" / "seed-0" / "checkpoints")
    # Of other resamples, for which no time is measured again.
    again = compare(dataclasses.replace(timed, bootstrap_samples=20), tmp_path)[0]
    assert again.request_ms == row.request_ms
    result.unlink()
    assert compare(timed, tmp_path)[0].request_ms is None


@pytest.mark.slow
def test_runs_of_processes_of_their_own_end_with_the_same(finished, tmp_path, capfd):
    one = {"num_seeds": 1, "variants": MODELS[:1], "focus": None}
    compare(small_comparison(own_processes=True, **one), tmp_path)
    results = [d / "din-s/seed-0/result.json" for d in (tmp_path, finished[0])]
    assert results[0].read_bytes() == results[1].read_bytes()
    # Progress, and no notes of TensorFlow's start.
    lines = capfd.readouterr().err.splitlines()
    assert {line.partition("  ")[0] for line in lines} == {"epoch 1/1", "evaluate"}


def test_page_holds_the_command_of_each_model(finished):
    path, _ = finished
    commands = [
        line
        for line in (path / "results.md").read_text().splitlines()
        if line.startswith("bin/train")
    ]
    assert len(commands) == 2
    assert "--gin_file=gin/industry.gin --gin_file=gin/models/din_s.gin" in commands[0]
    assert "'--gin_bindings=SEED = 0'" in commands[0]
    assert commands[1].endswith(f"--run_dir={path / 'din-all' / 'seed-0'}")


def test_again_repeats_no_run(finished, monkeypatch):
    path, rows = finished
    before = texts(path)
    monkeypatch.setattr(SeedRun, "train", lambda _: pytest.fail("trained"))
    assert compare(small_comparison(), path) == rows
    assert texts(path) == before


def test_results_outlive_the_runs(finished, tmp_path, monkeypatch):
    path, rows = finished
    before = texts(path)
    output, results = tmp_path / "output", tmp_path / "results"
    copy_without_models(path, output)
    for file in output.rglob("result.json"):  # As an earlier version left it.
        file.unlink()
    monkeypatch.setattr(SeedRun, "train", lambda _: pytest.fail("trained"))
    assert compare(small_comparison(), output, results) == rows
    shutil.rmtree(output)
    assert compare(small_comparison(), output, results) == rows
    assert {p.name for p in output.iterdir()} == {".lock", "compare.json"}
    for name, text in texts(results).items():
        assert text.replace(str(output), str(path)) == before[name]
    for name in FIGURES:
        assert (results / name).read_bytes() == (path / name).read_bytes()
    names = {"result.json", "compare.json", *TABLES, *FIGURES}
    assert {p.name for p in results.rglob("*") if p.is_file()} == names
    assert len(list(results.rglob("result.json"))) == 4 + 1


def test_other_resamples_are_drawn_from_the_scores(finished, tmp_path):
    path, rows = finished
    copy_without_models(path, tmp_path / "output")
    more = small_comparison(bootstrap_samples=20)
    again = compare(more, tmp_path / "output")
    assert again[1].auc == rows[1].auc
    assert again[1].baseline.low != rows[1].baseline.low
    for model in ("din-s", "din-all"):
        (tmp_path / "output" / model / "seed-1" / "metrics.json").unlink()
    with pytest.raises(FileExistsError, match=r"\(50, 0\). Received: \(20, 0\)"):
        compare(small_comparison(), tmp_path / "output")


def _results_alone(path, results):
    """Copies the results of a comparison, without what else says its settings."""
    for file in path.rglob("result.json"):
        copy = results / file.relative_to(path)
        copy.parent.mkdir(parents=True)
        shutil.copy(file, copy)


def test_error_result_of_another_configuration(finished, tmp_path, monkeypatch):
    _results_alone(finished[0], tmp_path / "results")
    monkeypatch.setattr(SeedRun, "train", lambda _: pytest.fail("trained"))
    other = small_comparison(bindings=(*small_comparison().bindings, "DIN.seed = 9"))
    with pytest.raises(FileExistsError, match="configuration.*Received: .'DIN.S"):
        compare(other, tmp_path / "output", tmp_path / "results")
    assert compare(small_comparison(), tmp_path / "output", tmp_path / "results")


def test_error_reference_without_a_scored_run(finished, tmp_path):
    _results_alone(finished[0], tmp_path)
    shutil.rmtree(tmp_path / "references")
    with pytest.raises(FileNotFoundError, match="item popularity must be.*remove"):
        compare(small_comparison(), tmp_path)


@pytest.mark.slow
def test_killed_comparison_goes_on_to_the_same_tables(finished, tmp_path, monkeypatch):
    path, _ = finished
    one_seed = small_comparison(num_seeds=1)
    compare(one_seed, path)  # No run, but tables of the first seed alone.
    monkeypatch.setattr(Progress, "update", _dying_in_the_second_run())
    with pytest.raises(Killed):
        compare(one_seed, tmp_path)
    monkeypatch.undo()
    assert (tmp_path / "din-s" / "seed-0" / "metrics.json").exists()
    assert not (tmp_path / "din-all" / "seed-0" / "metrics.json").exists()
    assert "DIN(S)" in (tmp_path / "results.md").read_text()
    compare(one_seed, tmp_path)
    for name, text in texts(tmp_path).items():
        # The commands on the page name the directory.
        assert text.replace(str(tmp_path), str(path)) == texts(path)[name]
    assert not temporary(tmp_path)


def _dying_in_the_second_run():
    """`Progress.update`, which dies in the second run between two checkpoints."""
    update, runs = Progress.update, []

    def update_or_die(self, step, *arguments, **options):
        runs.extend([step] if step == 1 and self.name.startswith("epoch") else [])
        if len(runs) == 2 and step == 5:
            raise Killed
        update(self, step, *arguments, **options)

    return update_or_die


def test_error_another_configuration(finished):
    path, _ = finished
    before = texts(path)
    other = small_comparison(bindings=(*small_comparison().bindings, "DIN.seed = 9"))
    with pytest.raises(FileExistsError, match="another one of DIN.*'DIN.seed"):
        compare(other, path)
    assert texts(path) == before


def test_error_in_the_last_model_is_found_before_the_first_is_trained(tmp_path):
    wrong = (*MODELS, Variant("late", bindings=("NUM_CHANELS = 3",)))
    with pytest.raises(config.ConfigError, match="NUM_CHANELS is never used"):
        compare(small_comparison(variants=wrong), tmp_path)
    assert not [p for p in tmp_path.iterdir() if p.is_dir()]


def test_error_second_process(tmp_path):
    with hold_lock(tmp_path / ".lock", "it"):
        with pytest.raises(BlockingIOError, match="one process at a time"):
            compare(small_comparison(), tmp_path)
