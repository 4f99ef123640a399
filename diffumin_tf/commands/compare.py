"""`bin/compare`: trains several models with the same seeds and compares them."""

from pathlib import Path

from absl import flags

from diffumin_tf.commands import runner

GIN_FILE = flags.DEFINE_multi_string(
    "gin_file", None, "A gin file that binds Comparison. Repeatable; later wins."
)
OUTPUT = flags.DEFINE_string(
    "output",
    None,
    "Directory of the runs, tables and figures; runs/<gin file> by default.",
)
RESULTS = flags.DEFINE_string(
    "results",
    None,
    "Directory of the runs' results, some kilobytes each, and of the tables; --output "
    "by default. A run whose result is there is not made again.",
)


def main() -> None:
    """Runs the command."""
    flags.mark_flag_as_required("gin_file")
    runner.run(_compare)


def _compare():
    from diffumin_tf import config
    from diffumin_tf.experiments.compare import compare
    from diffumin_tf.experiments.comparison import Comparison
    from diffumin_tf.experiments.own_process import leave_gpus

    config.register_all()
    config.load(GIN_FILE.value, runner.GIN_BINDINGS.value, entry_points=("Comparison",))
    output = OUTPUT.value or str(Path("runs") / Path(GIN_FILE.value[-1]).stem)
    comparison = config.call(Comparison)
    if comparison.own_processes:
        leave_gpus()
    compare(comparison, output, RESULTS.value)


if __name__ == "__main__":
    main()
