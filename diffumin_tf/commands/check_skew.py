"""`bin/check_skew`: whether logged requests had the inputs that the data have."""

from pathlib import Path

from absl import flags

from diffumin_tf.atomic_file import check_output
from diffumin_tf.commands import runner

REQUESTS = flags.DEFINE_string(
    "requests",
    None,
    "The logged requests: TFRecord files of PredictionLog, as in 'logs/requests*'.",
)
DATA_DIR = flags.DEFINE_string(
    "data_dir", None, "Other prepared data of the same features; the run's by default."
)
SPLIT = flags.DEFINE_string("split", "test", "The split that holds the impressions.")
OUTPUT = flags.DEFINE_string(
    "output", None, "A JSON file to write the report to; none by default."
)
ROWS_AT_ONCE = flags.DEFINE_integer(
    "rows_at_once", 10_000, "Logged rows in memory; each part reads the users once."
)


def main() -> None:
    """Runs the command."""
    flags.mark_flags_as_required(["requests", "run_dir"])
    runner.run(_check_skew)


def _check_skew():
    check_output(OUTPUT.value)  # It would only fail after the whole log is read.
    from diffumin_tf import config
    from diffumin_tf.data.records import UserRecords
    from diffumin_tf.serving.skew import check_skew
    from diffumin_tf.serving.skew_tables import skew_lines
    from diffumin_tf.training.recipe import Recipe
    from diffumin_tf.training.run_directory import RunDirectory

    run_dir = runner.RUN_DIR.value
    runner.load_run(run_dir)
    report = check_skew(
        run_dir,
        config.call(Recipe),
        REQUESTS.value,
        split=SPLIT.value,
        source=UserRecords(DATA_DIR.value) if DATA_DIR.value else None,
        rows_at_once=ROWS_AT_ONCE.value,
    )
    print("\n".join(skew_lines(report)))
    if OUTPUT.value:
        output = Path(OUTPUT.value)
        RunDirectory(output.parent).write_json(output.name, report.to_dict())
        print(f"wrote {output}")
    if complaint := report.complaint():
        raise ValueError(complaint)


if __name__ == "__main__":
    main()
