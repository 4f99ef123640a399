"""`bin/evaluate`: scores a split with the model of a finished run."""

import os

from absl import flags

from diffumin_tf.commands import runner

SPLIT = flags.DEFINE_string("split", "test", "The split to score.")
OUTPUT = flags.DEFINE_string(
    "output", None, "A JSON file for the metrics; in the run directory by default."
)
BASE_RUN = flags.DEFINE_string(
    "base_run", None, "A finished run; adds the relative improvement over its AUC."
)


def main() -> None:
    """Runs the command."""
    flags.mark_flag_as_required("run_dir")
    runner.run(_evaluate)


def _evaluate():
    from diffumin_tf import config
    from diffumin_tf.training.evaluate import evaluate
    from diffumin_tf.training.recipe import Recipe

    run_dir = runner.RUN_DIR.value
    runner.load_run(run_dir)
    # A relative name is the caller's, not the run directory's.
    output = OUTPUT.value and os.path.abspath(OUTPUT.value)
    evaluate(
        run_dir,
        config.call(Recipe),
        split=SPLIT.value,
        output=output,
        base_run=BASE_RUN.value,
    )


if __name__ == "__main__":
    main()
