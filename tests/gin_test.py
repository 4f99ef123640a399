"""Every gin file: parsed, built, stepped."""

import inspect
from pathlib import Path

import pytest

from diffumin_tf import config
from diffumin_tf.data.alibaba import prepare_alibaba
from diffumin_tf.data.alibaba.raw_files import write_world
from diffumin_tf.data.alibaba_world import AlibabaWorld
from diffumin_tf.data.logs import prepare_data
from diffumin_tf.experiments.comparison import Comparison
from diffumin_tf.experiments.seed_run import SeedRun
from diffumin_tf.experiments.trial_run import TrialRun
from diffumin_tf.experiments.tuning import Tuning
from diffumin_tf.models import DIN, TWIN, CTRModel, LongHistoryModel
from diffumin_tf.training.recipe import Recipe
from diffumin_tf.training.train import train
from tests.data.logs.small_logs import write_checkins, write_movielens

ROOT = Path(__file__).resolve().parents[1]
# What `bin/compare` and `bin/tune` take; all others at the top train.
SHARED = {*ROOT.glob("gin/*/shared.gin"), ROOT / "gin/tables/small_data.gin"}
COMPARISONS = sorted(ROOT.glob("gin/compare_*.gin"))
TUNINGS = sorted(ROOT.glob("gin/tune*.gin"))
RUNS = sorted(set(ROOT.glob("gin/*.gin")) - set(COMPARISONS) - set(TUNINGS))
RUNS += sorted(ROOT.glob("gin/released/*.gin"))
COMPARISONS += sorted(set(ROOT.glob("gin/tables/*.gin")) - SHARED)
DATASETS = sorted(set(ROOT.glob("gin/datasets/*.gin")) - SHARED)
MODELS = sorted(set(ROOT.glob("gin/models/*.gin")) - SHARED)
# DiffuMIN again, with other parts.
RELEASED = set(ROOT.glob("gin/models/released*.gin"))
# The run files train DiffuMIN.
COMPETITORS = [p for p in MODELS if p.stem != "diffumin" and p not in RELEASED]
FILES = sorted(ROOT.glob("gin/**/*.gin"))
SMALL = (
    "SEQUENCE_LENGTH = 120",
    "BATCH_SIZE = 8",
    "NUM_SAMPLING_STEPS = 2",
    "Denoiser.num_blocks = 1",
    "TransformerEncoder.num_blocks = 1",
    "PredictionTower.hidden_units = (8,)",
    "train.jit_core = False",
    "train.test_split = None",
)
WORLD = ("NUM_USERS = 6",)
# Run files whose data are prepared from a log, and small logs of that layout.
LOGS = {"checkins.gin": write_checkins, "movielens_small.gin": write_movielens}
# Run files whose data are prepared from a raw folder: what makes one, what prepares it.
RAW = {
    name: (lambda folder: write_world(folder, AlibabaWorld(20)), prepare_alibaba)
    for name in ("alibaba.gin", "alibaba_bars.gin")
} | {"movielens.gin": (write_movielens, prepare_data)}


@pytest.fixture(scope="module", autouse=True)
def registered():
    config.register_all()


@pytest.mark.slow
@pytest.mark.parametrize("path", RUNS, ids=lambda path: path.name)
def test_run_file_trains(path, tmp_path):
    small = [*SMALL, *_data(path, tmp_path / "data")]
    tmp_path /= "run"
    config.load([str(path)], small)
    recipe = config.call(Recipe)
    describe = config.operative_config
    config.call(train, recipe=recipe, run_dir=tmp_path, describe_config=describe)
    assert list((tmp_path / "checkpoints").glob("*.index"))
    saved = (tmp_path / "config.gin").read_text()
    config.load([str(tmp_path / "config.gin")])
    assert "hidden_units" in saved


@pytest.mark.parametrize("run", ["world.gin", *sorted(LOGS)])
@pytest.mark.parametrize("path", COMPARISONS, ids=lambda path: path.name)
def test_every_run_of_a_comparison_loads(path, run):
    config.load([str(path)], [f"RUN_FILE = 'gin/{run}'"], entry_points=("Comparison",))
    comparison = config.call(Comparison)
    for variant in comparison.variants:
        text = SeedRun(comparison, variant, 3, "somewhere").load()
        assert "SEED = 3" in text


@pytest.mark.parametrize("run", ["industry.gin", *sorted(LOGS)])
@pytest.mark.parametrize("path", TUNINGS, ids=lambda path: path.name)
def test_every_choice_of_a_tuning_loads(path, run):
    config.load([str(path)], [f"RUN_FILE = 'gin/{run}'"], entry_points=("Tuning",))
    tuning = config.call(Tuning)
    for choice in tuning.space:
        for text in choice.texts:
            lines = choice.lines(text)
            loaded = TrialRun(tuning, 1, lines, "somewhere", "@open_source()").load()
            assert all(line in loaded.splitlines() for line in lines)


def test_the_grid_of_the_paper():
    config.load(["gin/tune.gin"], entry_points=("Tuning",))
    tuning = config.call(Tuning)
    weights = (0.0001, 0.001, 0.01, 0.1)
    temperatures = (0.001, 0.005, 0.01, 0.05)
    wanted = [(2, 4, 8), (5, 10, 20, 50), temperatures, weights, weights]
    assert [choice.values for choice in tuning.space] == wanted
    assert tuning.grid_size == 768


def test_rates_are_tuned_for_every_model_alike():
    for model in COMPETITORS:
        files = f"Tuning.gin_files = ['gin/models/{model.name}']"
        config.load(["gin/tune_rates.gin"], [files], entry_points=("Tuning",))
        tuning = config.call(Tuning)
        assert tuning.budget == 9
        for text in tuning.space[-1].texts:
            lines = tuning.space[-1].lines(text)
            TrialRun(tuning, 1, lines, "somewhere", "@open_source()").load()


def _data(path, folder):
    """Bindings of small data for a run file, prepared as it says."""
    if path.name in LOGS:
        write, prepare = LOGS[path.name], prepare_data
    elif path.name in RAW:
        write, prepare = RAW[path.name]
    else:
        return WORLD
    folder.mkdir()
    write(folder)
    bindings = [f"RAW_DIR = {str(folder)!r}", f"DATA_DIR = {str(folder / 'users')!r}"]
    config.load([str(path)], bindings)
    config.call(prepare)
    return bindings


@pytest.mark.parametrize("path", DATASETS, ids=lambda path: path.name)
def test_dataset_is_included_by_a_run_file(path):
    assert any(f"'datasets/{path.name}'" in run.read_text() for run in RUNS)


def load_on_top(tmp_path, *models):
    """Loads industry.gin, the model files, and `SMALL` as a file: not all is of use."""
    (tmp_path / "small.gin").write_text("\n".join([*WORLD, *SMALL]))
    files = [ROOT / "gin/industry.gin", *models, tmp_path / "small.gin"]
    config.load([str(path) for path in files])


@pytest.mark.slow
@pytest.mark.parametrize("path", COMPETITORS, ids=lambda path: path.name)
def test_model_file_takes_the_place_of_the_run_file_s_model(path, tmp_path):
    load_on_top(tmp_path, path)
    recipe = config.call(Recipe)
    name = recipe.make_model.__name__.lower()
    assert path.stem.replace("_", "").startswith(name)  # DIN(S) is a DIN
    config.call(train, recipe=recipe, run_dir=tmp_path / "run")
    assert list((tmp_path / "run" / "checkpoints").glob("*.index"))


def test_a_model_file_keeps_what_the_run_file_sets(tmp_path):
    run = tmp_path / "run.gin"
    lines = ["include 'industry.gin'", "SHORT_TERM_LENGTH = 7", "SEED = 3"]
    run.write_text("\n".join([*lines, "PredictionTower.hidden_units = (5,)"]))
    small = ["NUM_USERS = 6"]
    config.load([str(run), "gin/models/twin.gin"], small)
    twin = config.call(Recipe).build_model()
    assert type(twin) is TWIN
    assert (twin.short_term_length, twin.seed) == (7, 3)
    assert twin.attention.num_selected == 7
    assert twin.tower.hidden_units == (5,)
    config.load([str(run), "gin/models/twin.gin", "gin/models/din_s.gin"], small)
    din = config.call(Recipe).build_model()
    assert (type(din), din.num_recent, din.tower.hidden_units) == (DIN, 7, (5,))


def test_models_differ_only_in_what_reads_the_long_history(tmp_path):
    names = set()
    for base in (CTRModel, LongHistoryModel):
        names |= set(inspect.signature(base.__init__).parameters)
    names -= {"self", "kwargs", "extra_loss_weights"}
    assert {"embedding", "short_term_encoder", "tower", "sample_rate"} <= names
    shared = []
    for path in set(MODELS) - RELEASED:
        load_on_top(tmp_path, path)
        found = config.call(Recipe).build_model().get_config()
        shared.append({name: without_names(found[name]) for name in sorted(names)})
    for other in shared[1:]:
        assert other == shared[0]


TUNED = "EMBEDDING_LEARNING_RATE", "RandomUniform.minval", "RandomUniform.maxval"


def test_table_2_trains_every_model_alike():
    shared = "Adam ClickData FeatureEmbedding IndustryWorld LazyAdam PredictionTower "
    shared += "Recipe.data Recipe.make_embedding SplitOptimizer train "
    shared += "BATCH_SIZE SEED SEQUENCE_LENGTH SHORT_TERM_LENGTH LEARNING_RATE"
    # Each has one of these, to which it was tuned.
    starts = {(0.005, -0.05, 0.05), (0.05, -0.5, 0.5), (0.2, -2.0, 2.0)}
    file = str(ROOT / "gin/tables/table2.gin")
    config.load([file], entry_points=("Comparison",))
    comparison = config.call(Comparison)
    found = {}
    for variant in comparison.variants:
        text = SeedRun(comparison, variant, 0, "somewhere").load()
        named = [(line.split(" = ")[0], line) for line in text.splitlines()]
        start = tuple(float(dict(named)[name].split(" = ")[1]) for name in TUNED)
        assert start in starts, variant.name
        found[variant.name] = [
            line
            for name, line in named
            if name in shared.split() or name.split(".")[0] in shared.split()
        ]
    assert len(found) == 12 and len(found["DiffuMIN"]) > 15
    for name, lines in found.items():
        assert lines == found["DiffuMIN"], name


def without_names(saved):
    """A saved configuration without counted names, and widths found when built."""
    if not isinstance(saved, dict):
        return saved
    left_out = ("name", "build_config")
    return {k: without_names(v) for k, v in saved.items() if k not in left_out}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_file_opens_with_a_header(path):
    header = path.read_text().split("\n\n")[0].splitlines()
    assert len(header) >= 3 and all(line.startswith("#") for line in header)


def test_the_released_model_comes_with_and_without_its_losses():
    found = []
    for path in sorted(RELEASED):
        config.load(["gin/world.gin", str(path)], WORLD)
        model = config.call(Recipe).build_model()
        found.append(sorted(model.extra_loss_weights))
    assert found == [[], ["contrastive_loss", "diffusion_loss"]]
