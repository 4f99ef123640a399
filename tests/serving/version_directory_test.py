import os

import pytest

from diffumin_tf.file_lock import hold_lock
from diffumin_tf.serving.version_directory import VersionDirectory


def publish(directory, number=None):
    with directory.new_version(number) as (draft, target):
        (draft / "saved_model.pb").write_text("graph")
    return target


def names(path):
    return sorted(name for name in os.listdir(path) if name != ".lock")


def test_versions_count_up_and_appear_when_they_are_whole(tmp_path):
    directory = VersionDirectory(tmp_path / "base")
    with directory.new_version() as (draft, target):
        (draft / "saved_model.pb").write_text("graph")
        assert directory.versions() == []
        assert not target.exists()
    assert target == tmp_path / "base" / "1"
    assert (target / "saved_model.pb").read_text() == "graph"
    assert publish(directory, 9).name == "9"
    assert publish(directory).name == "10"  # As numbers: as texts 9 comes last.
    assert directory.versions() == [1, 9, 10]


def test_the_highest_are_kept(tmp_path):
    directory = VersionDirectory(tmp_path)
    for _ in range(4):
        publish(directory)
    directory.keep_newest(2)
    assert names(tmp_path) == ["3", "4"]
    directory.keep_newest(5)
    assert directory.versions() == [3, 4]


def test_a_version_loses_its_number_before_its_files(tmp_path, monkeypatch):
    directory = VersionDirectory(tmp_path)
    for _ in range(2):
        publish(directory)

    def killed(path):
        raise KeyboardInterrupt

    monkeypatch.setattr("diffumin_tf.serving.version_directory.shutil.rmtree", killed)
    with pytest.raises(KeyboardInterrupt):
        directory.keep_newest(1)
    assert directory.versions() == [2]


def test_nothing_is_left_of_a_version_that_fails(tmp_path):
    directory = VersionDirectory(tmp_path)
    with pytest.raises(OSError, match="full"), directory.new_version() as (draft, _):
        (draft / "part").write_text("of a graph")
        raise OSError("disk full")
    assert names(tmp_path) == []


def test_what_killed_processes_left_is_removed(tmp_path):
    directory = VersionDirectory(tmp_path)
    for name in (".draft-a", ".old-1-b"):
        (tmp_path / name).mkdir()
    publish(directory)
    assert names(tmp_path) == ["1"]


def test_a_version_is_never_replaced(tmp_path):
    directory = VersionDirectory(tmp_path)
    publish(directory, 3)
    with pytest.raises(FileExistsError, match="must be new. Received: version=3"):
        publish(directory, 3)
    with pytest.raises(ValueError, match="at least 1. Received: version=0"):
        publish(directory, 0)
    assert names(tmp_path) == ["3"]


def test_one_process_at_a_time(tmp_path):
    directory = VersionDirectory(tmp_path)
    with hold_lock(tmp_path / ".lock", "another"), pytest.raises(BlockingIOError):
        publish(directory)


def test_a_file_is_no_base_path(tmp_path):
    (tmp_path / "base").write_text("")
    with pytest.raises(NotADirectoryError, match="base path must be a directory"):
        VersionDirectory(tmp_path / "base")
