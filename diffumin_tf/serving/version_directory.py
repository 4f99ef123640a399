"""The versions of a served model, side by side as TF Serving looks for them."""

import os
import shutil
import uuid
from contextlib import contextmanager
from pathlib import Path

from diffumin_tf.data.readable_errors import readable_file_errors
from diffumin_tf.file_lock import hold_lock

_DRAFT, _OLD = ".draft-", ".old-"


class VersionDirectory:
    """A base path with a directory a version, named by its number.

    TF Serving loads what it finds under a number at once. So a version gets its number
    by a rename, when it is whole, and loses it by one before it is removed.

    Args:
        path: The base path, made if absent.

    Raises:
        NotADirectoryError: if it, or a parent, is something else.
    """

    def __init__(self, path):
        self.path = Path(path)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise NotADirectoryError(
                "an export's base path must be a directory. Received: "
                f"{self.path}, where it or a parent is a file."
            ) from None

    def versions(self):
        """The numbers that are there, ascending."""
        numbers = (version_number(p) for p in self.path.iterdir() if p.is_dir())
        return sorted(number for number in numbers if number is not None)

    @contextmanager
    def new_version(self, number=None):
        """Yields the path of a draft, which is published when the block ends.

        Where the block raises, nothing is left.

        Args:
            number: The version, from 1; None for one more than the highest.

        Yields:
            The draft's path and the path that it will have.

        Raises:
            FileExistsError: if there is that version.
            BlockingIOError: if another process writes a version.
        """
        with hold_lock(self.path / ".lock", "an export"):
            self._remove_unfinished()
            target = self.path / str(self._check(number))
            draft = self.path / f"{_DRAFT}{uuid.uuid4().hex}"
            draft.mkdir()
            try:
                with readable_file_errors(draft):
                    yield draft, target
                os.rename(draft, target)
            except BaseException:
                shutil.rmtree(draft, ignore_errors=True)
                raise

    def keep_newest(self, count):
        """Removes all but the highest versions; at least one stays."""
        for number in self.versions()[: -max(count, 1)]:
            hidden = self.path / f"{_OLD}{number}-{uuid.uuid4().hex}"
            os.rename(self.path / str(number), hidden)
            shutil.rmtree(hidden)

    def _check(self, number):
        there = self.versions()
        if number is None:
            return there[-1] + 1 if there else 1
        if number < 1:
            raise ValueError(f"version must be at least 1. Received: version={number}.")
        if number in there:
            raise FileExistsError(
                f"version must be new. Received: version={number}, which is in "
                f"{self.path} already."
            )
        return number

    def _remove_unfinished(self):
        """Removes what killed processes have left."""
        for pattern in (f"{_DRAFT}*", f"{_OLD}*"):
            for path in self.path.glob(pattern):
                shutil.rmtree(path, ignore_errors=True)


def version_number(path):
    """The number that TF Serving sees in a directory's name; None in any other."""
    name = path.absolute().name
    return int(name) if name.isascii() and name.isdigit() else None
