"""Every gin file: parsed, built, stepped."""

from pathlib import Path

import pytest

from diffumin_tf import config
from diffumin_tf.training.recipe import Recipe
from diffumin_tf.training.train import train

ROOT = Path(__file__).resolve().parents[1]
RUNS = sorted(ROOT.glob("gin/*.gin"))
PARTS = sorted(set(ROOT.glob("gin/**/*.gin")) - set(RUNS))
SMALL = (
    "NUM_USERS = 6",
    "SEQUENCE_LENGTH = 120",
    "BATCH_SIZE = 8",
    "NUM_SAMPLING_STEPS = 2",
    "PredictionTower.hidden_units = (8,)",
    "train.jit_core = False",
    "train.test_split = None",
)


@pytest.fixture(scope="module", autouse=True)
def registered():
    config.register_all()


@pytest.mark.parametrize("path", RUNS, ids=lambda path: path.name)
def test_run_file_trains(path, tmp_path):
    config.load([str(path)], SMALL)
    recipe = config.call(Recipe)
    describe = config.operative_config
    config.call(train, recipe=recipe, run_dir=tmp_path, describe_config=describe)
    assert list((tmp_path / "checkpoints").glob("*.index"))
    saved = (tmp_path / "config.gin").read_text()
    config.load([str(tmp_path / "config.gin")])
    assert "hidden_units" in saved


@pytest.mark.parametrize("path", PARTS, ids=lambda path: path.name)
def test_part_is_included_by_a_run_file(path):
    name = f"'{path.relative_to(ROOT / 'gin')}'"
    assert any(name in run.read_text() for run in RUNS)


@pytest.mark.parametrize("path", [*RUNS, *PARTS], ids=lambda path: path.name)
def test_file_opens_with_a_header(path):
    header = path.read_text().split("\n\n")[0].splitlines()
    assert len(header) >= 3 and all(line.startswith("#") for line in header)
