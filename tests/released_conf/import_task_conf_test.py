"""From a task_conf.json to a run file that loads."""

import json
from pathlib import Path

import pytest

from diffumin_tf import config
from diffumin_tf.released_conf import import_task_conf
from diffumin_tf.released_conf.entry import GROUPS, REPAIRED, TAKEN, UNKNOWN
from diffumin_tf.training.recipe import Recipe
from tests.released_conf.small_conf import RELEASED, SMALL, write_conf, write_struct

real = pytest.mark.skipif(not RELEASED.is_dir(), reason=f"no {RELEASED}")
REAL = {
    "mix5k": (RELEASED / "mix5k" / "task_conf.json", None),
    "eleme": (
        RELEASED / "eleme" / "task_conf.json",
        RELEASED / "eleme" / "data_struct.json",
    ),
}


def lines(path):
    """The statements of a gin file."""
    text = path.read_text()
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_every_key_becomes_its_line(tmp_path):
    output = tmp_path / "run.gin"
    import_task_conf(write_conf(tmp_path), output, write_struct(tmp_path))
    assert lines(output) == [
        "include 'models/released.gin'",
        "include 'datasets/eleme.gin'",
        "SEED = 0",
        "SEQUENCE_LENGTH = 120",
        "SHORT_TERM_LENGTH = 6",
        "NUM_CHANNELS = 2",
        "NUM_SAMPLING_STEPS = 7",
        "BATCH_SIZE = 9",
        "EMBEDDING_LEARNING_RATE = 3.0",
        "LEARNING_RATE = 0.004",
        "NUM_USERS = 6000",
        "FeatureEmbedding.embedding_dim = 4",
        "Denoiser.num_blocks = 3",
        "TransformerEncoder.num_blocks = 3",
        "Denoiser.num_heads = 5",
        "TransformerEncoder.num_heads = 5",
        "Denoiser.feed_forward_factor = 2",
        "TransformerEncoder.feed_forward_factor = 2",
        'NoiseSchedule.kind = "linear"',
        "NoiseSchedule.beta_start = 0.001",
        "NoiseSchedule.beta_end = 0.03",
        "NoiseSchedule.num_steps = 50",
        "ContrastiveCalibrator.temperature = 0.1",
        "DiffuMIN.diffusion_weight = 0.2",
        "DiffuMIN.contrastive_weight = 0.3",
        "PredictionTower.hidden_units = (6, 5)",
        'PredictionTower.activation = "relu"',
        "train.epochs = 2",
        "DiffuMIN.sample_rate = 0.5",
        "DiffuMIN.num_projected_fields = 14",
        "DiffuMIN.normalize_dense = True",
        "train.seed = %SEED",
    ]


@real
@pytest.mark.parametrize("name", REAL)
def test_every_released_key_is_reported_once(name, tmp_path):
    conf, struct = REAL[name]
    imported = import_task_conf(conf, tmp_path / "run.gin", struct)
    told = [entry.name for entry in imported.entries if entry.has_value]
    wanted = [
        "Core Config" if key.startswith("---") else key
        for key in json.loads(conf.read_text())
    ]
    assert told == wanted
    assert not [entry for entry in imported.entries if entry.group == UNKNOWN]
    report = imported.report().splitlines()
    assert len([line for line in report if line.startswith("  ")]) == len(
        imported.entries
    )


@real
@pytest.mark.parametrize("name", REAL)
def test_what_cannot_work_as_configured_is_named(name, tmp_path):
    conf, struct = REAL[name]
    imported = import_task_conf(conf, tmp_path / "run.gin", struct)
    repaired = [e.name for e in imported.entries if e.group == REPAIRED]
    keys = {"timesteps", "infer_timesteps", "subseq_len"}
    missing = {"channel_num", "num_heads", "dff_factor"}
    keys |= {"feature_num"} if name == "mix5k" else missing
    assert set(repaired) - {"released code", "data_struct"} == keys
    text = (tmp_path / "run.gin").read_text()
    header = text[: text.index("include")]
    for entry in imported.entries:
        # Wrapped, so only the beginning is sure to stand in one line.
        shown = f"# - {entry.line()}"[:40] in header
        with_a_remark = bool(entry.bindings and entry.text)
        assert shown == (entry.group != TAKEN or with_a_remark)


@real
@pytest.mark.parametrize("name", REAL)
def test_released_settings_load_as_they_are_meant(name, tmp_path):
    model, data = loaded(tmp_path, *REAL[name])
    mix = name == "mix5k"
    assert (data.sequence_length, data.batch_size) == (
        (5000, 3000) if mix else (50, 100)
    )
    assert model.short_term_length == (100 if mix else 20)
    assert model.sample_rate == (0.2 if mix else 0.1)
    assert model.omie.num_channels == 4
    assert model.omie.sequence_length == data.sequence_length
    assert model.tower.hidden_units == (1024, 512, 256)
    assert model.tower.activation == "dice"
    assert model.generator.num_sampling_steps == 10
    schedule = model.generator.schedule
    assert (schedule.num_steps, schedule.kind) == (1000, "linear")
    assert (schedule.beta_start, schedule.beta_end) == (0.0001, 0.02)
    for part in (model.generator.denoiser, model.short_term_encoder):
        assert (part.num_blocks, part.num_heads, part.feed_forward_factor) == (2, 2, 3)
    assert model.calibrator.temperature == 0.05
    assert (model.diffusion_weight, model.contrastive_weight) == (0.01, 0.001)
    assert model.embedding.embedding_dim == 8
    assert model.num_projected_fields == (None if mix else 14)
    assert model.normalize_dense == (not mix)
    assert not model.add_extra_losses


@real
@pytest.mark.parametrize("name", REAL)
def test_released_settings_make_the_shipped_run_file_s_model(name, tmp_path):
    model, data = loaded(tmp_path, *REAL[name])
    wanted, wanted_data = load(f"gin/released/{name}.gin")
    assert without_names(model.get_config()) == without_names(wanted.get_config())
    assert data.sequence_length == wanted_data.sequence_length
    assert type(data.source) is type(wanted_data.source)


def without_names(saved):
    """A saved configuration without counted names."""
    if isinstance(saved, dict):
        return {k: without_names(v) for k, v in saved.items() if k != "name"}
    return [without_names(v) for v in saved] if isinstance(saved, list) else saved


@pytest.mark.parametrize("kind", ["cosine", "exp"])
def test_other_schedules_load(kind, tmp_path):
    units = ["handle_rec_unit:Mix5k_DiffuMIN"]
    changes = {"input_units": units, "beta_sche": kind, "num_heads": 3}
    model, _ = loaded(tmp_path, write_conf(tmp_path, **changes))
    wanted = {"cosine": "cosine", "exp": "exponential"}[kind]
    assert model.generator.schedule.kind == wanted
    assert model.generator.denoiser.num_heads == 3


def loaded(folder, conf, struct=None):
    """The model and the data of the run file that is made."""
    output = folder / "run.gin"
    import_task_conf(conf, output, struct)
    return load(output)


def load(path):
    config.register_all()
    config.load([str(path)], ["NUM_USERS = 6"])
    recipe = config.call(Recipe)
    return recipe.new_model(), recipe.data


def test_the_same_text_may_stand_there(tmp_path):
    conf, output = write_conf(tmp_path), tmp_path / "run.gin"
    import_task_conf(conf, output)
    before = output.stat()
    import_task_conf(conf, output)
    assert output.stat().st_mtime_ns == before.st_mtime_ns
    assert [path.name for path in tmp_path.glob("*run.gin*")] == ["run.gin"]


def test_error_another_text_stands_there(tmp_path):
    output = tmp_path / "run.gin"
    output.write_text("mine")
    with pytest.raises(
        FileExistsError, match="must be a new file. Received: .*run.gin"
    ):
        import_task_conf(write_conf(tmp_path), output)
    assert output.read_text() == "mine"


def test_error_leaves_nothing(tmp_path):
    conf = write_conf(tmp_path, timesteps=0.5)
    with pytest.raises(ValueError, match="timesteps must be a whole number"):
        import_task_conf(conf, tmp_path / "run.gin")
    assert list(tmp_path.iterdir()) == [conf]


def test_error_output(tmp_path):
    conf = write_conf(tmp_path)
    with pytest.raises(ValueError, match="output must end in .gin"):
        import_task_conf(conf, tmp_path / "run.json")
    with pytest.raises(NotADirectoryError, match="a directory that exists"):
        import_task_conf(conf, tmp_path / "none" / "run.gin")


def test_error_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="none.json"):
        import_task_conf(tmp_path / "none.json", tmp_path / "run.gin")


def test_names_cannot_leave_their_comment(tmp_path):
    odd = {"x\nSEED = 7": 1, "model_name": "a\nSEED = 8"}
    more = ["y\nSEED = 9", "z\rSEED = 9"]
    folder = tmp_path / "a\nSEED = 10"
    folder.mkdir()
    struct = write_struct(folder, more=more)
    output = tmp_path / "run.gin"
    import_task_conf(write_conf(folder, **odd), output, struct)
    assert lines(output).count("SEED = 0") == 1
    assert not [line for line in lines(output) if line.startswith("SEED = ")][1:]


def test_the_report_is_by_group(tmp_path):
    conf = write_conf(tmp_path, surprise=1)
    report = import_task_conf(conf, Path(tmp_path, "run.gin")).report().splitlines()
    assert report[0] == f"{conf}: Eleme_DiffuMIN"
    headings = [line for line in report[1:] if line and not line.startswith(" ")]
    assert [heading.split(" (")[0] for heading in headings] == list(GROUPS)
    assert f"{TAKEN} ({len(SMALL) - 3}):" in headings
    assert headings[-1] == "unknown (1):"
    assert report[-1].startswith("  surprise = 1: not known")
