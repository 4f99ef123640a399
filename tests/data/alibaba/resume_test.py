"""A preparation that is cut short goes on and ends with the same bytes."""

import pytest

from diffumin_tf.data.alibaba import prepare_alibaba
from diffumin_tf.data.alibaba.raw_files import write_world
from diffumin_tf.data.alibaba_world import AlibabaWorld
from diffumin_tf.data.work_directory import WorkDirectory
from tests.data.cuts import Cut, bytes_of, cut_each_stage_once, run_to_its_kill


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world") / "raw"
    write_world(folder, AlibabaWorld(num_users=25))
    return folder


def prepare(raw, output, **changes):
    arguments = {"sequence_length": 50, "num_shards": 2, **changes}
    return prepare_alibaba(raw, output, **arguments)


@pytest.fixture(scope="module")
def whole(raw, tmp_path_factory):
    """The bytes of an uninterrupted preparation."""
    output = tmp_path_factory.mktemp("whole") / "users"
    prepare(raw, output)
    return bytes_of(output)


def test_threads_and_memory_change_nothing(raw, whole, tmp_path):
    prepare(raw, tmp_path / "users", threads=1, memory_limit="500MB")
    assert bytes_of(tmp_path / "users") == whole


def test_a_cut_in_any_stage_changes_nothing(raw, whole, tmp_path, monkeypatch):
    cuts = cut_each_stage_once(monkeypatch)
    for _ in range(20):
        try:
            prepare(raw, tmp_path / "users")
            break
        except Cut:
            assert not (tmp_path / "users").exists()
    assert cuts == [
        "ad_feature",
        "user_profile",
        "raw_sample",
        "behavior_log",
        "sort 1 of 2",
        "sort 2 of 2",
        "tables",
        "shard 1 of 2",
        "shard 2 of 2",
        "finished",
    ]
    assert bytes_of(tmp_path / "users") == whole
    assert not (tmp_path / "users.preparing").exists()


# In the midst of the pass over the log, of the second bucket, of the second shard.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "function", "call"),
    [
        ("alibaba.reading", "_write_buckets", 4),
        ("alibaba.preparation", "sort_behaviours", 2),
        ("whole_shard", "write_shard", 2),
    ],
)
def test_a_killed_process_is_taken_up(module, function, call, raw, whole, tmp_path):
    code = (
        "import os, signal\n"
        f"from diffumin_tf.data.{module} import {function} as f\n"
        f"import diffumin_tf.data.{module} as module\n"
        "from pathlib import Path\n"
        "from tests.data.alibaba.resume_test import prepare\n"
        "calls = []\n"
        "def killed(*arguments):\n"
        "    result = f(*arguments)\n"
        "    calls.append(1)\n"
        f"    if len(calls) == {call}: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return result\n"
        f"module.{function} = killed\n"
        f"prepare(Path({str(raw)!r}), Path({str(tmp_path / 'users')!r}))\n"
    )
    run_to_its_kill(code)
    assert not (tmp_path / "users").exists()
    prepare(raw, tmp_path / "users")
    assert bytes_of(tmp_path / "users") == whole


def test_error_other_arguments(raw, tmp_path, monkeypatch):
    def cut(self, stage, function):
        raise Cut

    with monkeypatch.context() as patch:
        patch.setattr(WorkDirectory, "once", cut)
        with pytest.raises(Cut):
            prepare(raw, tmp_path / "users")
    with pytest.raises(FileExistsError, match="arguments and files it was begun with"):
        prepare(raw, tmp_path / "users", min_count=2)
