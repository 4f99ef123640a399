"""`bin/predict`: writes the click probability of every impression of a split."""

from absl import flags

from diffumin_tf.commands import runner

OUTPUT = flags.DEFINE_string(
    "output", None, "Where to write: a name that ends in .csv or .parquet."
)
SPLIT = flags.DEFINE_string("split", "test", "The split to score.")
DATA_DIR = flags.DEFINE_string(
    "data_dir", None, "Other prepared data of the same features; the run's by default."
)


def main() -> None:
    """Runs the command."""
    flags.mark_flags_as_required(["run_dir", "output"])
    runner.run(_predict)


def _predict():
    from diffumin_tf import config
    from diffumin_tf.data.records import UserRecords
    from diffumin_tf.training.recipe import Recipe
    from diffumin_tf.training.score import write_scores

    run_dir = runner.RUN_DIR.value
    runner.load_run(run_dir)
    write_scores(
        run_dir,
        config.call(Recipe),
        OUTPUT.value,
        split=SPLIT.value,
        source=UserRecords(DATA_DIR.value) if DATA_DIR.value else None,
    )


if __name__ == "__main__":
    main()
