"""The directory that a run leaves behind."""

import json
import os
import platform
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from diffumin_tf.atomic_file import atomic_file

CONFIG = "config.gin"


class RunDirectory:
    """Creates or opens the directory of one run, and writes its files whole.

    It holds `config.gin` (what was in force), `seeds.json`, `versions.json`,
    `model_size.json`, `features.json` (what the ids mean), `state.json` (the kind of
    model and optimizer), `speed.json`, `metrics.json`, and whatever else the run puts
    there. A file is written under a temporary name and then renamed, so a reader never
    meets half of one.

    Args:
        path: The directory; created, with its parents, where it does not exist.

    Raises:
        NotADirectoryError: If `path`, or a parent, is something else.
        PermissionError: If the directory cannot be created or written to.
    """

    def __init__(self, path: str | os.PathLike):
        self.path = Path(path)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise NotADirectoryError(
                f"run_dir must be a directory, got {self.path}, where it or a parent "
                "is a file."
            ) from None
        except OSError as error:
            raise self._not_writable(error) from error
        try:
            tempfile.TemporaryFile(dir=self.path).close()
        except OSError as error:
            raise self._not_writable(error) from error

    def start(self, config: str, seeds: dict[str, int]) -> None:
        """Claims the directory for a configuration and notes what it runs on.

        Starting again with the same configuration is how a run is resumed.

        Args:
            config: The configuration in force, as text.
            seeds: The seeds of the run by name.

        Raises:
            FileExistsError: If the directory holds the run of another configuration.
        """
        file = self.path / CONFIG
        if file.exists() and file.read_text(encoding="utf-8") != config:
            raise FileExistsError(
                f"{file} holds another configuration; choose another run_dir, or "
                "run again with that configuration to resume it."
            )
        self.write_text(CONFIG, config)
        self.write_json("seeds.json", seeds)
        self.write_json("versions.json", versions())

    def remove_unfinished(self) -> None:
        """Removes files that a killed process was writing, and never renamed."""
        for path in self.path.glob(".*.tmp"):
            path.unlink()

    def write_text(self, name: str, text: str) -> Path:
        """Writes a text file at once, or not at all, and returns its path."""
        return self.write_bytes(name, text.encode())

    def write_bytes(self, name: str, content: bytes) -> Path:
        """Writes a file at once, or not at all, and returns its path."""
        return self._write(name, lambda file: file.write(content))

    def write_json(self, name: str, value) -> Path:
        """Writes a JSON file at once, or not at all, and returns its path.

        Raises:
            ValueError: If `value` contains NaN or infinity, which JSON has not.
            TypeError: If `value` contains something that JSON has no form for.
        """
        try:
            text = json.dumps(value, indent=2, allow_nan=False)
        except ValueError as error:
            raise ValueError(f"{self.path / name} cannot be written: {error}") from None
        return self.write_text(name, text + "\n")

    def read_json(self, name: str):
        """Reads a JSON file of this directory."""
        return read_json(self.path / name)

    def write_array(self, name: str, array: np.ndarray) -> Path:
        """Writes a `.npy` file at once, or not at all, and returns its path."""
        return self._write(name, lambda file: np.save(file, array, allow_pickle=False))

    def write_columns(self, name: str, columns: dict[str, np.ndarray]) -> Path:
        """Writes a `.npz` file at once, or not at all, and returns its path."""
        return self._write(name, lambda file: np.savez(file, **columns))

    def read_columns(self, name: str) -> dict[str, np.ndarray]:
        """Reads a `.npz` file of this directory."""
        path = self.path / name
        with whole_file(path), np.load(path, allow_pickle=False) as file:
            return dict(file)

    def read_array(self, name: str) -> np.ndarray:
        """Reads a `.npy` file of this directory."""
        with whole_file(self.path / name):
            return np.load(self.path / name, allow_pickle=False)

    def _write(self, name, write):
        target = self.path / name
        try:
            with atomic_file(target) as draft, open(draft, "wb") as file:
                write(file)
        except OSError as error:
            raise OSError(f"{target} cannot be written: {error}.") from error
        return target

    def _not_writable(self, error):
        return PermissionError(
            f"run_dir must be writable, got {self.path}: {error.strerror}."
        )


@contextmanager
def whole_file(path: str | os.PathLike):
    """Has errors about a damaged file of a run name it: NumPy's and JSON's do not.

    Raises:
        ValueError: If the file that is read inside is damaged.
    """
    try:
        yield
    except (ValueError, EOFError, BadZipFile) as error:
        raise ValueError(
            f"a run's files must be whole. Received: {path}: {error}."
        ) from error


def read_json(path: str | os.PathLike):
    """Reads a JSON file of a run, whose directory need not be writable.

    Raises:
        ValueError: If the file is damaged.
    """
    with whole_file(path):
        return json.loads(Path(path).read_text(encoding="utf-8"))


def versions() -> dict[str, str | None]:
    """Returns the versions that a run depends on, and the commit of a checkout.

    The commit is None outside a checkout of this project, and ends in `-dirty` where
    files differ from it.
    """
    packages = ("diffumin_tf", "tensorflow", "keras", "numpy")
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        **{name: _version(name) for name in packages},
        "commit": _commit(),
        "command": " ".join(sys.argv),
    }


def _version(package):
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _commit():
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return None
    describe = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        result = subprocess.run(describe, cwd=root, capture_output=True, text=True)
    except OSError:  # There is no git.
        return None
    return result.stdout.strip() or None
