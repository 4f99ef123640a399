"""`bin/check_skew`: whether logged requests had the inputs that the data have."""

import json
from pathlib import Path

from absl import flags

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
    _check_flags()
    from diffumin_tf import config
    from diffumin_tf.data.records import UserRecords
    from diffumin_tf.serving.skew import check_skew
    from diffumin_tf.serving.skew_tables import skew_lines
    from diffumin_tf.training.recipe import Recipe

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
        _write(report.to_dict())
    if complaint := report.complaint():
        raise ValueError(complaint)


def _write(report):
    from diffumin_tf.atomic_file import atomic_file

    text = json.dumps(report, indent=2, allow_nan=False)
    with atomic_file(OUTPUT.value) as draft:
        draft.write_text(text + "\n", encoding="utf-8")
    print(f"wrote {OUTPUT.value}")


def _check_flags():
    """Refuses what would only fail after the whole log has been read."""
    if OUTPUT.value and not Path(OUTPUT.value).parent.is_dir():
        raise NotADirectoryError(
            f"output must be in a directory that exists. Received: {OUTPUT.value}."
        )


if __name__ == "__main__":
    main()
