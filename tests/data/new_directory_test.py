import os
from pathlib import Path

import pytest
import tensorflow as tf

from diffumin_tf.data.new_directory import new_directory


@pytest.mark.parametrize("there", [False, True])
def test_what_is_written_appears_at_the_end(tmp_path, there):
    directory = tmp_path / "d"
    if there:
        directory.mkdir()
    with new_directory(f"{directory}/") as draft:
        Path(draft, "file").write_text("text")
        assert not directory.exists() or not os.listdir(directory)
    assert (directory / "file").read_text() == "text"
    assert os.listdir(tmp_path) == ["d"]


def test_error_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt), new_directory(tmp_path / "d") as draft:
        Path(draft, "file").touch()
        raise KeyboardInterrupt
    assert not os.listdir(tmp_path)


def test_error_of_a_file_is_readable(tmp_path):
    with pytest.raises(OSError, match="files must be whole and writable"):
        with new_directory(tmp_path / "d") as draft:
            tf.io.TFRecordWriter(f"{draft}/none/file").write(b"")


def test_error_directory_is_not_new(tmp_path):
    (tmp_path / "mine").touch()
    for directory, message in (
        (tmp_path, "new or empty.*1 entries"),
        (tmp_path / "mine", "must be a directory"),
    ):
        with pytest.raises(ValueError, match=message), new_directory(directory):
            pass
