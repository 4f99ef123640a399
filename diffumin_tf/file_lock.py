"""One process at a time."""

import fcntl
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def hold_lock(path, what):
    """Holds a lock file; the system lets go of it however the process ends.

    Args:
        path: The lock file, made if absent. It stays: removing it would let a third
            process lock a new file of that name beside a second one's old file.
        what: What is being protected, for the error.

    Raises:
        BlockingIOError: If another process holds it.
    """
    with open(Path(path), "a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BlockingIOError(
                f"{what} must have one process at a time. Received: another one "
                f"holds {path}."
            ) from None
        yield


def is_held(path):
    """Whether a process holds a lock file now, which need not exist nor be writable."""
    try:
        with open(Path(path)) as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
