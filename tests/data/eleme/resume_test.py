"""A preparation that is cut short goes on and ends with the same bytes."""

import os

import pytest

from diffumin_tf.data.eleme import shards
from diffumin_tf.data.work_directory import WorkDirectory
from tests.data.cuts import Cut, bytes_of, cut_each_stage_once, run_to_its_kill
from tests.data.eleme.small_parts import line, prepare, write


@pytest.fixture
def raw(tmp_path):
    for day, number in ((1, 0), (1, 1), (2, 0)):
        lines = [
            line(user_id=f"u{n}", item_id_list=f"{n};{number}") for n in range(2_000)
        ]
        write(tmp_path / "raw" / f"D{day}_{number}.csv", lines)
    return tmp_path / "raw"


def test_a_cut_in_any_stage_changes_nothing(raw, monkeypatch):
    prepare(raw, raw.parent / "whole")
    cuts = cut_each_stage_once(monkeypatch)
    for _ in range(4):
        with pytest.raises(Cut):
            prepare(raw)
        assert not (raw.parent / "users").exists()
    prepare(raw)
    assert cuts == ["users-00000", "users-00001", "users-00002", "finished"]
    assert bytes_of(raw.parent / "users") == bytes_of(raw.parent / "whole")
    assert not (raw.parent / "users.preparing").exists()


@pytest.mark.parametrize("moment", ["begin", "middle", "rename"])
def test_a_cut_at_any_moment_of_a_shard_changes_nothing(moment, raw, monkeypatch):
    prepare(raw, raw.parent / "whole")
    lines, encode = shards.part_lines, shards.example_bytes

    def cut(*_):
        raise Cut

    def half(columns):
        yield from encode(columns)[:1_000]
        raise Cut

    def cut_the_second_part(part, *others):
        if part.name == "D1_1.csv":
            if moment == "begin":
                cut()
            elif moment == "middle":
                patch.setattr(shards, "example_bytes", half)
            else:
                patch.setattr(shards.os, "replace", cut)
        return lines(part, *others)

    with monkeypatch.context() as patch:
        patch.setattr(shards, "part_lines", cut_the_second_part)
        with pytest.raises(Cut):
            prepare(raw)
    work = raw.parent / "users.preparing"
    assert [f.name for f in work.glob("users-*.json")] == ["users-00000.json"]
    prepare(raw)
    assert bytes_of(raw.parent / "users") == bytes_of(raw.parent / "whole")


@pytest.mark.slow
def test_a_killed_process_is_taken_up_by_another(raw):
    # Killed while it writes the second shard.
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from diffumin_tf.data.eleme import shards\n"
        "from tests.data.eleme.small_parts import prepare\n"
        "encode, done = shards.example_bytes, []\n"
        "def half(columns):\n"
        "    if done:\n"
        "        yield from encode(columns)[:1_000]\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    done.append(1)\n"
        "    yield from encode(columns)\n"
        "shards.example_bytes = half\n"
        "prepare(Path(sys.argv[1]))\n"
    )
    run_to_its_kill(code, str(raw))
    assert not (raw.parent / "users").exists()
    prepare(raw)
    prepare(raw, raw.parent / "whole")
    assert bytes_of(raw.parent / "users") == bytes_of(raw.parent / "whole")


def test_what_is_done_is_not_done_again(raw, monkeypatch, capsys):
    once = WorkDirectory.once

    def cut_at_the_third(self, stage, function):
        if stage == "users-00002":
            raise Cut
        return once(self, stage, function)

    with monkeypatch.context() as patch:
        patch.setattr(WorkDirectory, "once", cut_at_the_third)
        with pytest.raises(Cut):
            prepare(raw)
    capsys.readouterr()
    prepare(raw)
    told = [t for t in capsys.readouterr().out.splitlines() if "prepare_eleme:" in t]
    assert told == [f"prepare_eleme: {raw / 'D2_0.csv'}"]


def test_error_other_arguments_or_other_parts(raw, monkeypatch):
    def cut(self, stage, function):
        raise Cut

    with monkeypatch.context() as patch:
        patch.setattr(WorkDirectory, "once", cut)
        with pytest.raises(Cut):
            prepare(raw)
    with pytest.raises(FileExistsError, match="arguments and files it was begun with"):
        prepare(raw, sequence_length=7)
    os.utime(raw / "D1_0.csv", (1, 1))
    with pytest.raises(FileExistsError, match="remove .*users.preparing to begin anew"):
        prepare(raw)
