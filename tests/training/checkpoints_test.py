"""Checkpoints on bad days: damaged, cut short, on a full disk."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from diffumin_tf.data.readable_errors import readable_file_errors
from diffumin_tf.training.checkpoints import (
    CHECKPOINTS,
    checkpoint_manager,
    exclusive,
    restore_model,
    restore_newest,
)
from diffumin_tf.training.run_directory import RunDirectory
from tests.testing import file_size_limit


class Model(tf.Module):
    """Stands for a model: 80 kB of weights, all equal."""

    def __init__(self, value=0.0):
        super().__init__()
        self.weight = tf.Variable(tf.fill([20_000], value))


@pytest.fixture
def run(tmp_path):
    """A run with the checkpoints of a model at 1 and at 2."""
    run, model = RunDirectory(tmp_path), Model()
    manager = checkpoint_manager(run, model)
    for value in (1.0, 2.0):
        model.weight.assign(tf.fill([20_000], value))
        manager.save()
    return run


def damage(run, number):
    path = run.path / CHECKPOINTS / f"ckpt-{number}.data-00000-of-00001"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


def restored(run):
    model = Model()
    return restore_newest(checkpoint_manager(run, model)), model.weight.numpy()


def test_the_newest_is_restored(run):
    path, weight = restored(run)
    assert path.endswith("ckpt-2")
    np.testing.assert_array_equal(weight, 2.0)


def test_without_checkpoints_nothing_is_restored(tmp_path):
    path, weight = restored(RunDirectory(tmp_path))
    assert path is None
    np.testing.assert_array_equal(weight, 0.0)


def test_a_damaged_one_gives_way_to_the_one_before(run, capsys):
    damage(run, 2)
    path, weight = restored(run)
    assert path.endswith("ckpt-1")
    np.testing.assert_array_equal(weight, 1.0)
    assert "ckpt-2 cannot be read" in capsys.readouterr().out


def test_error_all_are_damaged(run):
    damage(run, 1)
    damage(run, 2)
    with pytest.raises(OSError, match="checkpoints must be whole.*none in"):
        restored(run)


def test_evaluation_takes_no_older_weights(run):
    damage(run, 2)
    with pytest.raises(OSError, match="must be whole.*ckpt-2"):
        restore_model(run, Model())


def test_error_weights_that_the_checkpoint_lacks(run):
    model = Model()
    model.added = tf.Variable(0.0)
    with pytest.raises(ValueError, match="all weights of the model.*ckpt-2"):
        restore_model(run, model)


def test_a_full_disk_leaves_nothing_unfinished_and_the_old_ones(run):
    manager = checkpoint_manager(run, Model(3.0))
    with pytest.raises(OSError, match=f"writable. Received: {run.path}.*ckpt"):
        with exclusive(run), readable_file_errors(run.path), file_size_limit(40_000):
            manager.save()
    names = sorted(path.name for path in (run.path / CHECKPOINTS).iterdir())
    assert names[0] == "checkpoint" and len(names) == 5
    assert restored(run)[0].endswith("ckpt-2")


def test_what_a_kill_left_is_removed(run):
    folder = run.path / CHECKPOINTS
    kept = sorted(folder.iterdir())
    (folder / "ckpt-3_temp").mkdir()
    (folder / "ckpt-3_temp" / "part").touch()
    # The parts of a checkpoint not listed yet, or no longer, and of the list itself.
    for name in ("ckpt-3.index", "ckpt-0.data-00000-of-00001", "checkpoint.tmp4f"):
        (folder / name).touch()
    (run.path / ".metrics.json.77.tmp").touch()
    with exclusive(run):
        assert sorted(folder.iterdir()) == kept
        assert not list(run.path.glob(".*.tmp"))


def test_checkpoints_stay_where_their_list_cannot_be_read(run):
    folder = run.path / CHECKPOINTS
    (folder / "checkpoint").write_text("model_checkpoint_path: ")
    with exclusive(run):
        assert len(list(folder.glob("ckpt-*"))) == 4


def test_error_a_second_process(run):
    code = f"""
import sys
sys.path.insert(0, {str(Path(__file__).resolve().parents[2])!r})
from diffumin_tf.file_lock import hold_lock
with hold_lock({str(run.path / ".lock")!r}, "a run"):
    print("held", flush=True)
    input()
"""
    command = [sys.executable, "-c", code]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(BlockingIOError, match=f"training in {run.path} must have"):
            with exclusive(run):
                pass
        other.communicate("\n")
    with exclusive(run):
        pass
