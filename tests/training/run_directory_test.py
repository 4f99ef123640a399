"""What a run directory holds, and what it refuses."""

import json
import os
import tempfile

import keras
import numpy as np
import pytest

from diffumin_tf.training.run_directory import RunDirectory, versions


def test_a_started_run(tmp_path):
    run = RunDirectory(tmp_path / "runs" / "first")
    run.start("a = 1\n", {"seed": 3})
    assert (run.path / "config.gin").read_text() == "a = 1\n"
    assert run.read_json("seeds.json") == {"seed": 3}
    assert run.read_json("versions.json")["keras"] == keras.__version__


def test_the_same_configuration_resumes_and_another_is_refused(tmp_path):
    RunDirectory(tmp_path).start("a = 1\n", {})
    RunDirectory(tmp_path).start("a = 1\n", {})
    with pytest.raises(FileExistsError, match="config.gin holds another") as caught:
        RunDirectory(tmp_path).start("a = 2\n", {})
    assert "\n" not in str(caught.value)
    assert (tmp_path / "config.gin").read_text() == "a = 1\n"


def test_json_round_trip(tmp_path):
    run = RunDirectory(tmp_path)
    value = {"auc": 0.75, "gauc": None, "nested": {"impressions": 3}}
    path = run.write_json("metrics.json", value)
    assert path == tmp_path / "metrics.json"
    assert run.read_json("metrics.json") == value
    assert json.loads(path.read_text()) == value


def test_bytes_are_written_as_they_are(tmp_path):
    path = RunDirectory(tmp_path).write_bytes("a.png", b"\x89\r\n\x00")
    assert path.read_bytes() == b"\x89\r\n\x00"
    assert os.listdir(tmp_path) == ["a.png"]


def test_array_round_trip(tmp_path):
    run = RunDirectory(tmp_path)
    run.write_array("seen.npy", np.array([3, 5], np.int64))
    found = run.read_array("seen.npy")
    assert found.dtype == np.int64
    assert found.tolist() == [3, 5]
    assert os.listdir(tmp_path) == ["seen.npy"]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    run = RunDirectory(tmp_path)
    run.write_text("note.txt", "old")

    def fail(*_):
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="no space left"):
        run.write_text("note.txt", "new")
    assert os.listdir(tmp_path) == ["note.txt"]
    assert (tmp_path / "note.txt").read_text() == "old"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"noise"])
def test_a_damaged_array_is_named(tmp_path, content):
    run = RunDirectory(tmp_path)
    (tmp_path / "a.npy").write_bytes(content)
    for read in (run.read_array, run.read_columns):
        with pytest.raises(ValueError, match=f"whole. Received: {tmp_path}/a.npy"):
            read("a.npy")


def test_json_without_a_form_is_refused_before_writing(tmp_path):
    run = RunDirectory(tmp_path)
    with pytest.raises(ValueError, match=r"metrics.json cannot be written: .*nan"):
        run.write_json("metrics.json", {"auc": float("nan")})
    assert os.listdir(tmp_path) == []


def test_a_file_in_the_way(tmp_path):
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file" / "run"):
        with pytest.raises(NotADirectoryError, match="run_dir must be a directory"):
            RunDirectory(path)


def test_a_directory_that_cannot_be_written(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError(30, "Read-only file system")

    # Not by the mode of the directory: the tests may run as root.
    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    message = "run_dir must be writable, got .*: Read-only file system"
    with pytest.raises(PermissionError, match=message):
        RunDirectory(tmp_path)


def test_versions_are_json():
    found = versions()
    assert found["python"].startswith("3.")
    assert json.loads(json.dumps(found)) == found
