"""`bin/tune`: tries settings of a model on a part of its training data."""

import importlib.util
from pathlib import Path

from absl import flags

from diffumin_tf.commands import runner

GIN_FILE = flags.DEFINE_multi_string(
    "gin_file", None, "A gin file that binds Tuning. Repeatable; later wins."
)
OUTPUT = flags.DEFINE_string(
    "output", None, "Directory of the results; runs/<gin file> by default."
)


def main() -> None:
    """Runs the command."""
    flags.mark_flag_as_required("gin_file")
    runner.run(_tune)


def _tune():
    if importlib.util.find_spec("optuna") is None:
        raise ValueError(
            "bin/tune needs Optuna. Received: none installed; install this package "
            "with its extra [tune]."
        )
    from diffumin_tf import config
    from diffumin_tf.experiments.own_process import leave_gpus
    from diffumin_tf.experiments.tune import tune
    from diffumin_tf.experiments.tuning import Tuning

    config.register_all()
    config.load(GIN_FILE.value, runner.GIN_BINDINGS.value, entry_points=("Tuning",))
    output = OUTPUT.value or str(Path("runs") / Path(GIN_FILE.value[-1]).stem)
    tuning = config.call(Tuning)
    if tuning.own_processes:
        leave_gpus()
    tune(tuning, output)


if __name__ == "__main__":
    main()
