"""A run that starts from another: what it takes over, and what it refuses."""

import json
import shutil

import keras
import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.features import FeatureSpec, Table
from diffumin_tf.file_lock import hold_lock
from diffumin_tf.layers.co_action import CoAction
from diffumin_tf.models import CAN
from diffumin_tf.training.checkpoints import checkpoint_manager
from diffumin_tf.training.initial_run import InitialRun
from diffumin_tf.training.optimizers import LazyAdagrad, LazyAdam, SplitOptimizer
from diffumin_tf.training.run_directory import RunDirectory
from diffumin_tf.training.train import train
from diffumin_tf.training.training_loop import TrainingLoop
from tests.training.three_days import (
    FIELDS,
    NUM_ITEMS,
    NUM_USERS,
    RATE,
    SPEC,
    USERS,
    OtherModel,
    SumModel,
    make_optimizer,
    make_recipe,
    settings,
)

OF_THE_RUN = ("epoch/", "step/", "best/", "waited/", "save_counter/")
NUM_STEPS = 5  # Of a day: five users with four impressions each, in fours.
OTHER_SPEC = FeatureSpec((Table("item", "dense", NUM_ITEMS + 1), USERS), FIELDS)


@pytest.fixture(scope="module")
def first_day(tmp_path_factory):
    """A run on the first day, with the checkpoints of its last steps."""
    path = tmp_path_factory.mktemp("days") / "first"
    train(path, **settings(day=0), checkpoint_steps=1)
    return path


@pytest.fixture
def copy(first_day, tmp_path):
    """A copy of that run, to be changed."""
    return shutil.copytree(first_day, tmp_path / "copy")


def saved(path):
    """Variables of a run's newest checkpoint but for those that count its progress."""
    reader = tf.train.load_checkpoint(tf.train.latest_checkpoint(path / "checkpoints"))
    return {
        name: reader.get_tensor(name)
        for name in reader.get_variable_to_shape_map()
        if name.endswith("VARIABLE_VALUE") and not name.startswith(OF_THE_RUN)
    }


def assert_equal(found, want):
    assert found.keys() == want.keys()
    for name, value in want.items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)


def built(optimizer=None, **kwargs):
    """A new model and an optimiser for it, as they are before the first step."""
    model, optimizer = (
        make_recipe(**kwargs).build_model(),
        optimizer or make_optimizer(),
    )
    optimizer.build(model.trainable_variables)
    return model, optimizer


class Killed(Exception):
    """Stands for a process that dies."""


def kill_at_save(number, monkeypatch):
    save, saves = tf.train.CheckpointManager.save, iter(range(number))

    def save_or_die(manager):
        if next(saves, None) is None:
            raise Killed
        return save(manager)

    monkeypatch.setattr(tf.train.CheckpointManager, "save", save_or_die)


def train_in_one_process(path, days):
    """Trains on one day after the other with the same objects; the users seen."""
    keras.utils.set_random_seed(0)
    model, optimizer = built()
    model.compile(optimizer, jit_core=False)
    users = set()
    for day in days:
        dataset = make_recipe(day).data.training()
        step = tf.function(model.train_step).get_concrete_function(dataset.element_spec)
        for batch in dataset:
            step(batch)
            users |= set(batch[0]["user_key"].numpy().tolist())
    checkpoint_manager(RunDirectory(path), model, optimizer).save()
    return users


@pytest.mark.slow
def test_a_chain_of_days_equals_one_process_also_after_a_kill(
    first_day, tmp_path, monkeypatch
):
    users = train_in_one_process(tmp_path / "one", days=(0, 1))
    want = saved(tmp_path / "one")

    def second_day(name, source=first_day):
        train(tmp_path / name, **settings(1), init_from=source, checkpoint_steps=1)

    with monkeypatch.context() as patch, pytest.raises(Killed):
        kill_at_save(2, patch)
        second_day("killed")
    second_day("whole")
    # What was killed goes on from its own checkpoint: it needs the first day no more.
    second_day("killed", tmp_path / "gone")
    for name in ("whole", "killed"):
        assert_equal(saved(tmp_path / name), want)
        assert set(np.load(tmp_path / name / "seen_users.npy")) == users
    # User 2 is not there on the first day, user 1 not on the second.
    assert users == set(range(1, NUM_USERS + 1))
    assert 2 not in np.load(first_day / "seen_users.npy")


def make_can(embedding):
    co_action = CoAction(input_dim=2, hidden_units=(2,))
    return CAN(embedding, co_action=co_action, short_term_length=4)


def fill(loop, epochs):
    """Stands for an epoch that leaves no variable as it was."""
    variables = [*loop._model.variables, *loop._model.optimizer.variables]
    for number, variable in enumerate(variables, start=2):
        numbers = np.arange(np.prod(variable.shape)) % 97 + number
        variable.assign(tf.cast(numbers.reshape(variable.shape), variable.dtype))


def test_before_the_first_step_all_but_the_rates_is_that_of_the_run(
    tmp_path, monkeypatch
):
    runs = tmp_path / "one", tmp_path / "other"
    monkeypatch.setattr(TrainingLoop, "_run_epoch", fill)
    train(runs[0], **settings(model=make_can))
    monkeypatch.setattr(TrainingLoop, "_run_epoch", lambda loop, epochs: None)
    train(runs[1], **settings(model=make_can), seed=1, init_from=runs[0])
    want, found = (saved(path) for path in runs)
    state = json.loads((runs[0] / "state.json").read_text())
    words = [word for word, _ in state["optimizer_variables"]]
    numbers = [number for number, word in enumerate(words) if word == "rate"]
    rates = {n for n in want if "rate" in n or n.startswith(_starts(numbers))}
    assert {float(found[name]) for name in rates} == {0.0, RATE}
    assert_equal(*({n: s[n] for n in want.keys() - rates} for s in (found, want)))
    for part in ("g/table", "sightings", "parameters/table", "moving_v", "optimizer/5"):
        assert any(part in name for name in want), part


def _starts(numbers):
    return tuple(f"optimizer/{number}/" for number in numbers)


def test_the_new_run_has_its_own_learning_rates(first_day, capsys):
    model, optimizer = built(make_optimizer(rate=0.5))
    InitialRun(first_day, SPEC).restore(model, optimizer)
    # A compiled model's checkpoint holds its optimizer too, which must not come back.
    model.compile(optimizer)
    assert [float(one.learning_rate) for one in optimizer.optimizers] == [0.5, 0.5]
    assert int(optimizer.iterations) == NUM_STEPS
    assert "the optimizer goes on with its state" in capsys.readouterr().out


def test_a_schedule_in_place_of_a_rate_goes_on_with_the_steps(first_day):
    decay = keras.optimizers.schedules.ExponentialDecay(1.0, 1, 0.5)
    model, optimizer = built(make_optimizer(rate=decay))
    InitialRun(first_day, SPEC).restore(model, optimizer)
    rates = [float(one.learning_rate) for one in optimizer.optimizers]
    assert rates == [0.5**NUM_STEPS] * 2
    velocity = optimizer.optimizers[1].variables[-1]
    np.testing.assert_array_equal(velocity, saved(first_day)[_variable(21)])


def _variable(number):
    return f"optimizer/{number}/.ATTRIBUTES/VARIABLE_VALUE"


@pytest.mark.parametrize(
    ("optimizer", "reason"),
    [
        (
            SplitOptimizer(LazyAdagrad(RATE), keras.optimizers.Adam(RATE)),
            "SplitOptimizer(LazyAdagrad, Adam) here, SplitOptimizer(LazyAdam, Adam) ",
        ),
        (LazyAdam(RATE), "LazyAdam here, SplitOptimizer(LazyAdam, Adam) there"),
        (
            SplitOptimizer(LazyAdam(RATE), keras.optimizers.Adam(RATE, use_ema=True)),
            "it keeps other variables there",
        ),
    ],
)
def test_another_optimizer_starts_anew_and_says_so(
    first_day, optimizer, reason, capsys
):
    model, optimizer = built(optimizer)
    fresh = [variable.numpy() for variable in optimizer.variables]
    InitialRun(first_day, SPEC).restore(model, optimizer)
    for variable, value in zip(optimizer.variables, fresh, strict=True):
        np.testing.assert_array_equal(variable, value, err_msg=variable.path)
    table = saved(first_day)["model/embedding/table/.ATTRIBUTES/VARIABLE_VALUE"]
    np.testing.assert_array_equal(model.embedding.table, table)
    assert f"starts anew: {reason}" in capsys.readouterr().out


def test_a_run_of_before_these_files_is_compared_by_shapes(copy, capsys):
    (copy / "features.json").unlink()
    (copy / "state.json").unlink()
    model, optimizer = built(make_optimizer(rate=0.5))
    InitialRun(copy, SPEC).restore(model, optimizer)
    assert int(optimizer.iterations) == NUM_STEPS
    assert float(optimizer.optimizers[0].learning_rate) == 0.5
    assert "no features.json: only shapes are compared" in capsys.readouterr().out
    other = make_recipe(features=OTHER_SPEC).build_model()
    with pytest.raises(ValueError, match=r"sightings of shape \(52,\).*\(51,\).*ckpt"):
        InitialRun(copy, OTHER_SPEC).restore(other, optimizer)
    one_optimizer = LazyAdam()
    one_optimizer.build(model.trainable_variables)
    InitialRun(copy, SPEC).restore(model, one_optimizer)
    assert int(one_optimizer.iterations) == 0
    assert "starts anew: it keeps other variables" in capsys.readouterr().out


def test_a_damaged_checkpoint_gives_way_to_the_one_before(copy, capsys):
    *_, before, newest = sorted(copy.glob("checkpoints/*.data*"))
    newest.write_bytes(newest.read_bytes()[:-64])
    model, optimizer = built()
    InitialRun(copy, SPEC).restore(model, optimizer)
    out = capsys.readouterr().out
    assert f"{newest.stem} cannot be read" in out
    assert f"starting from {before.with_suffix('')};" in out
    before.unlink()
    with pytest.raises(OSError, match="checkpoints must be whole.*none in"):
        InitialRun(copy, SPEC).restore(model, optimizer)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"model": OtherModel}, "model.*OtherModel in this run, SumModel in .*copy"),
        (
            {"model": lambda embedding: SumModel(embedding, units=8)},
            r"tower/activation0/alpha of shape \(8,\) in this run, of shape \(4,\) in ",
        ),
        ({"admission_count": 0}, "embedding/sightings missing in this run, of shape"),
        (
            {"features": OTHER_SPEC},
            "size of table 'item': 41 in the data, 40 in .*copy",
        ),
    ],
)
def test_error_another_model_or_other_ids(copy, tmp_path, other, message):
    with pytest.raises(ValueError, match=message):
        train(tmp_path / "new", **settings(**other), init_from=copy)
    # Nothing claims the directory, so the mended command may name it again.
    assert not (tmp_path / "new" / "config.gin").exists()


def test_error_a_weight_that_the_run_has_not(copy):
    """The run did not count sightings, the new one does."""
    model, optimizer = built(admission_count=0)
    checkpoint_manager(RunDirectory(copy), model, optimizer).save()
    model, optimizer = built()
    with pytest.raises(ValueError, match=r"sightings of shape \(51,\).*missing in"):
        InitialRun(copy, SPEC).restore(model, optimizer)


@pytest.mark.parametrize("name", ["features.json", "state.json", "seen_users.npy"])
def test_error_a_damaged_file(copy, name):
    (copy / name).write_bytes((copy / name).read_bytes()[:20])
    with pytest.raises(ValueError, match=f"files must be whole.*{name}"):
        InitialRun(copy, SPEC).restore(*built())


def test_error_no_run_leaves_nothing(tmp_path):
    (tmp_path / "empty").mkdir()
    for name in ("empty", "nothing"):
        with pytest.raises(FileNotFoundError, match=f"has a checkpoint.*{name}"):
            train(tmp_path / "new", **settings(), init_from=tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]


def test_error_a_run_that_is_still_being_trained(copy, tmp_path):
    with hold_lock(copy / ".lock", "a run"):
        with pytest.raises(BlockingIOError, match="interrupted run.*copy, where"):
            train(tmp_path / "new", **settings(), init_from=copy)


def test_error_a_run_that_starts_from_itself(copy):
    with pytest.raises(ValueError, match="another run's.*this run's own"):
        train(copy, **settings(), init_from=f"{copy.parent}/../{copy.parent.name}/copy")


def test_error_a_run_resumed_with_other_ids(copy):
    with pytest.raises(ValueError, match="size of table 'item'.*41 in the data"):
        train(copy, **settings(features=OTHER_SPEC))
