"""A preparation that is cut short goes on and ends with the same bytes."""

import os
import subprocess
import sys

import pytest

from diffumin_tf.data.logs import ItemTable, LogColumns, NegativeSampling, prepare_data
from diffumin_tf.data.work_directory import WorkDirectory
from tests.data.cuts import ROOT, Cut, bytes_of, cut_each_stage_once, run_to_its_kill


def _log(folder):
    pairs = [(user, item) for user in range(1, 30) for item in range(user % 9 + 2)]
    rows = [f"{user},{item},{1000 * user + 7 * item}" for user, item in pairs]
    (folder / "log.csv").write_text("\n".join(["user,item,time", *rows]) + "\n")
    items = [f"{i},c{i % 3}" for i in range(8)]
    (folder / "items.csv").write_text("\n".join(["id,kind", *items]) + "\n")
    return folder


def _prepare(folder, output="users", **changes):
    arguments = {
        "columns": LogColumns(user="user", item="item", time="time"),
        "item_table": ItemTable(str(folder / "items.csv"), "id", "kind"),
        "negatives": NegativeSampling(),
        "test_share": 0.3,
        "num_shards": 2,
    }
    arguments |= changes
    return prepare_data(folder / "log.csv", folder / output, **arguments)


def test_a_cut_in_any_stage_changes_nothing(tmp_path, monkeypatch):
    folder = _log(tmp_path)
    _prepare(folder, "whole")
    cuts = cut_each_stage_once(monkeypatch)
    for _ in range(20):
        try:
            _prepare(folder)
            break
        except Cut:
            assert not (folder / "users").exists()
    assert len(cuts) == 15
    assert bytes_of(folder / "users") == bytes_of(folder / "whole")
    assert not (folder / "users.preparing").exists()


def test_a_kill_after_the_rename_leaves_only_tidying(tmp_path, monkeypatch):
    folder = _log(tmp_path)

    def cut(self):
        raise Cut

    with monkeypatch.context() as patch:
        patch.setattr(WorkDirectory, "remove", cut)
        with pytest.raises(Cut):
            _prepare(folder)
    before = bytes_of(folder / "users")
    report = _prepare(folder)
    assert bytes_of(folder / "users") == before and report["users"] == 29
    assert not (folder / "users.preparing").exists()


def test_a_killed_process_is_taken_up_by_another(tmp_path):
    folder = _log(tmp_path)
    # Killed while it writes the second shard.
    code = (
        "import os, signal\n"
        "from diffumin_tf.data import whole_shard\n"
        "from tests.data.logs.resume_test import _prepare\n"
        "from pathlib import Path\n"
        "write = whole_shard.write_shard\n"
        "def kill(path, users, schema):\n"
        "    if '00001-of' in path:\n"
        "        next(iter(users)); open(path, 'w').write('half')\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return write(path, users, schema)\n"
        "whole_shard.write_shard = kill\n"
        f"_prepare(Path({str(folder)!r}))\n"
    )
    run_to_its_kill(code)
    assert not (folder / "users").exists()
    _prepare(folder)
    _prepare(folder, "whole")
    assert bytes_of(folder / "users") == bytes_of(folder / "whole")


def test_error_other_arguments_or_another_log(tmp_path, monkeypatch):
    folder = _log(tmp_path)

    def cut(self, stage, function):
        raise Cut

    with monkeypatch.context() as patch:
        patch.setattr(WorkDirectory, "once", cut)
        with pytest.raises(Cut):
            _prepare(folder)
    with pytest.raises(FileExistsError, match="arguments and files it was begun with"):
        _prepare(folder, test_share=0.2)
    os.utime(folder / "log.csv", (1, 1))
    with pytest.raises(FileExistsError, match="remove .*users.preparing to begin anew"):
        _prepare(folder)


def test_error_a_second_process_on_the_same_output(tmp_path):
    folder = _log(tmp_path)
    (folder / "users.preparing").mkdir()
    code = (
        "from diffumin_tf.file_lock import hold_lock\n"
        f"with hold_lock({str(folder / 'users.preparing' / 'lock')!r}, 'x'):\n"
        "    print('held', flush=True); input()\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert other.stdout.readline() == b"held\n"
    with pytest.raises(BlockingIOError, match="preparation of .*users must have one"):
        _prepare(folder)
    other.communicate(b"\n")
    _prepare(folder)


def test_error_output_is_not_empty(tmp_path):
    folder = _log(tmp_path)
    (folder / "users").mkdir()
    (folder / "users" / "mine").touch()
    with pytest.raises(FileExistsError, match="new or empty directory.*users"):
        _prepare(folder)
    assert not (folder / "users.preparing").exists()
