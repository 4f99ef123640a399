"""`bin/prepare_eleme`: turns Tianchi 131047 (Ele.me) into training and test data."""

from absl import flags

from diffumin_tf.commands import runner

GIN_FILE = flags.DEFINE_multi_string(
    "gin_file", ["gin/eleme.gin"], "A gin file. Repeatable; later wins."
)
# Each flag stands for what gin would bind, and wins over it.
FLAGS = [
    flags.DEFINE_string("raw_dir", None, "Folder of D1_0.csv, ... or zip files."),
    flags.DEFINE_string("output", None, "A new or empty directory."),
    flags.DEFINE_string("first_day", None, "The date of day 1, such as 2022-04-01."),
    flags.DEFINE_list("train_days", None, "First and last day, such as 7,7."),
    flags.DEFINE_list("test_days", None, "First and last day."),
    flags.DEFINE_integer("sequence_length", None, "Most behaviours of a row."),
    flags.DEFINE_boolean("most_recent_first", None, "Which end of the lists."),
    flags.DEFINE_integer("max_table_size", None, "Most rows of a table of ids."),
    flags.DEFINE_float("max_bad_share", None, "Bad rows to leave out."),
    flags.DEFINE_enum("compression", None, ["GZIP", "none"], "Of the records."),
]
_DAYS = ("train_days", "test_days")


def main() -> None:
    """Runs the command."""
    runner.run(_prepare_eleme)


def _prepare_eleme():
    from diffumin_tf import config
    from diffumin_tf.data.eleme import prepare_eleme

    config.register_all()
    config.load(GIN_FILE.value, [*_bindings(), *runner.GIN_BINDINGS.value])
    config.call(prepare_eleme)


def _bindings():
    """The flags that were given, as lines of gin."""
    given = {flag.name: flag.value for flag in FLAGS if flag.value is not None}
    if given.get("compression") == "none":
        given["compression"] = None
    for name in set(_DAYS).intersection(given):
        given[name] = _days(name, given[name])
    return [f"prepare_eleme.{name} = {value!r}" for name, value in given.items()]


def _days(name, texts):
    if not all(text.isdecimal() for text in texts):
        raise ValueError(
            f"--{name} must be two numbers such as 7,7. Received: {','.join(texts)}."
        )
    return tuple(map(int, texts))


if __name__ == "__main__":
    main()
