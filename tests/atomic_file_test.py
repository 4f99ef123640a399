import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from diffumin_tf.atomic_file import atomic_file

ROOT = Path(__file__).resolve().parents[1]
KILLED = """
import os, signal, sys
from diffumin_tf.atomic_file import atomic_file
with atomic_file(sys.argv[1]) as draft:
    draft.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def path(tmp_path):
    (tmp_path / "note.txt").write_text("old")
    return tmp_path / "note.txt"


def test_the_old_file_stands_until_the_block_ends(path):
    with atomic_file(str(path)) as draft:
        draft.write_text("new")
        assert draft == path.with_name(f".note.txt.{os.getpid()}.tmp")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert os.listdir(path.parent) == ["note.txt"]


def test_the_draft_is_on_disk_before_it_is_renamed(path, monkeypatch):
    calls = []

    def synced(descriptor):
        calls.append(os.fstat(descriptor).st_ino)

    def replaced(draft, target):
        calls.append((draft.stat().st_ino, target))

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", replaced)
    with atomic_file(path) as draft:
        draft.write_text("new")
        number = draft.stat().st_ino
    assert calls == [number, (number, path)]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_an_error_in_the_block_leaves_the_old_file_alone(path, error):
    with pytest.raises(error, match="stopped"), atomic_file(path) as draft:
        draft.write_text("half")
        raise error("stopped")
    assert path.read_text() == "old"
    assert os.listdir(path.parent) == ["note.txt"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_an_error_of_the_disk_leaves_the_old_file_alone(path, step, monkeypatch):
    def fail(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OSError, match="No space"), atomic_file(path) as draft:
        draft.write_text("new")
    assert path.read_text() == "old"
    assert os.listdir(path.parent) == ["note.txt"]


def test_where_nothing_can_be_written_the_reason_is_not_hidden(path, monkeypatch):
    def refuse(*_, **__):
        raise OSError(30, "Removing is refused as well")

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(PermissionError, match="the reason"), atomic_file(path):
        raise PermissionError("the reason")


def test_a_kill_leaves_the_old_file_and_a_draft(path):
    result = subprocess.run([sys.executable, "-c", KILLED, str(path)], cwd=ROOT)
    assert result.returncode == -signal.SIGKILL
    assert path.read_text() == "old"
    (draft,) = path.parent.glob(".*.tmp")
    assert draft.read_text() == "half"
