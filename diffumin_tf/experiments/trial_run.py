"""One training run of a tuning."""

import shutil
from pathlib import Path

from diffumin_tf import config
from diffumin_tf.data.held_out_source import VALIDATION
from diffumin_tf.experiments.gin_run import GinRun


class TrialRun(GinRun):
    """A combination of settings, trained and validated within the training split.

    Args:
        tuning: The `Tuning`.
        number: The trial's number.
        lines: Lines of gin that set the combination.
        output_dir: Directory of the tuning; the run's is below.
        source: gin text of the data's whole source; see `find_source`.
    """

    def __init__(self, tuning, number, lines, output_dir, source):
        held_out = [
            "ClickData.source = @HeldOutSource()",
            f"HeldOutSource.source = {source}",
            f"HeldOutSource.share = {tuning.validation_share}",
            f"train.test_split = {VALIDATION!r}",
        ]
        super().__init__(
            tuning.files,
            [*tuning.bindings, *lines, *held_out],
            Path(output_dir, f"trial-{number:04}"),
            tuning.own_processes,
        )

    def remove(self):
        """Removes the run's directory: thousands of checkpoints would fill a disk."""
        if self.directory.exists():
            shutil.rmtree(self.directory)


def find_source(tuning):
    """What the run file binds as the data's source, as gin text.

    Raises:
        ConfigError: If the configuration of the trials does not load.
    """
    config.load(tuning.files, tuning.bindings)
    return config.bound_text("ClickData.source")
