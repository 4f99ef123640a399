"""A run's directory, as the workers see it that do not write it."""

from pathlib import Path

from diffumin_tf.training.run_directory import RunDirectory


class FollowedRun(RunDirectory):
    """Reads what the chief of several workers writes; itself it writes nothing.

    Args:
        path: The run's directory, which need not exist yet.
    """

    def __init__(self, path):
        self.path = Path(path)

    def remove_unfinished(self):
        """Leaves that to the chief."""

    def _write(self, name, write):
        return self.path / name
