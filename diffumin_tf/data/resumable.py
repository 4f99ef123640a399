"""Directories made in stages: a killed run goes on, a whole one has the name."""

import os
from pathlib import Path

from diffumin_tf.data.work_directory import WorkDirectory
from diffumin_tf.file_lock import hold_lock

OUTPUT, FINISHED = "output", "finished"


def make_resumably(output, plan, run):
    """Makes a directory by stages, which are kept in `<output>.preparing` till the end.

    Args:
        output: New or empty directory.
        plan: What is being made, as text: only the same plan goes on.
        run: Function of a `WorkDirectory`. It makes the directory `OUTPUT` in there,
            and `FINISHED` is its last stage. Where it raises `ValueError`, what is
            done is removed: the same again would fail the same.

    Raises:
        FileExistsError: If `output` is not empty, or another plan was begun there.
        OSError: If `output` cannot be written or another process makes it.
    """
    output = Path(output)
    path = output.with_name(f"{output.name}.preparing")
    if not path.exists():
        _check_empty(output)
    _make_directory(path)
    with hold_lock(path / "lock", f"the preparation of {output}"):
        work = WorkDirectory(path, plan)
        # Otherwise an earlier one was killed when nothing but tidying was left.
        if not work.is_done(FINISHED) or (path / OUTPUT).exists():
            _check_empty(output)
            _run(run, work)
            os.replace(path / OUTPUT, output)
        work.remove()


def file_states(paths):
    """Sizes and times of files, for a plan: changed files make another plan."""
    states = {path: os.stat(path) for path in paths}
    return {
        str(path): {"bytes": state.st_size, "modified": state.st_mtime_ns}
        for path, state in states.items()
    }


def _run(run, work):
    try:
        run(work)
    except ValueError:
        work.remove()
        raise


def _check_empty(output):
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise FileExistsError(
            f"output must be a new or empty directory. Received: {output}."
        )


def _make_directory(path):
    try:
        path.mkdir(parents=True, exist_ok=True)
        (path / "lock").touch()
    except OSError as error:
        raise OSError(
            f"output must be where one can write. Received: {path}: {error.strerror}."
        ) from error
