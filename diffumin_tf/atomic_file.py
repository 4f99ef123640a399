"""Files that are there whole, or not at all."""

import os
from contextlib import contextmanager
from pathlib import Path


def check_output(path):
    """Says that a file cannot be written before anything is computed for it.

    Args:
        path: The file; None or "" for none.

    Raises:
        NotADirectoryError: If its directory does not exist.
    """
    if path and not Path(path).parent.is_dir():
        raise NotADirectoryError(
            f"output must be in a directory that exists. Received: {path}."
        )


@contextmanager
def atomic_file(path):
    """Yields the path of a draft, which becomes the file when the block ends.

    A reader finds the old file, or none, until the new one is whole on disk; where
    the block raises, that is all there will be. A killed process leaves its draft.

    Args:
        path: The file; one of that name is replaced. The draft is
            `.<name>.<process>.tmp` beside it; the block must close it.
    """
    path = Path(path)
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield draft
        with open(draft, "rb") as file:
            os.fsync(file.fileno())
        os.replace(draft, path)
    finally:
        # On a read-only disk removing nothing would fail too, and hide why.
        if draft.exists():
            draft.unlink()
