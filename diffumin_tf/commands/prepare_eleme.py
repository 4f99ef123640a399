"""`bin/prepare_eleme`: turns Tianchi 131047 (Ele.me) into training and test data."""

from absl import flags

from diffumin_tf.commands import gin_flags, runner

GIN_FILE = flags.DEFINE_multi_string(
    "gin_file", ["gin/eleme.gin"], "A gin file. Repeatable; later wins."
)
_STRINGS = {
    "raw_dir": ("prepare_eleme.raw_dir", "Folder of D1_0.csv, ... or zip files."),
    "output": ("prepare_eleme.output", "A new or empty directory."),
    "first_day": ("prepare_eleme.first_day", "Date of day 1, such as 2022-04-01."),
    "compression": ("prepare_eleme.compression", "Of the records, GZIP or none."),
}
_LISTS = {
    "train_days": ("prepare_eleme.train_days", "First and last day, such as 7,7."),
    "test_days": ("prepare_eleme.test_days", "First and last day."),
}
_INTEGERS = {
    "sequence_length": ("prepare_eleme.sequence_length", "Most behaviours of a row."),
    "max_table_size": ("prepare_eleme.max_table_size", "Most rows of a table of ids."),
}
_FLOATS = {"max_bad_share": ("prepare_eleme.max_bad_share", "Bad rows to leave out.")}
_BOOLEANS = {
    "most_recent_first": (
        "prepare_eleme.most_recent_first",
        "Whether lists begin with the most recent behaviour.",
    ),
}
_DAYS = gin_flags.define(flags.DEFINE_list, _LISTS)
FLAGS = [
    *gin_flags.define(flags.DEFINE_string, _STRINGS),
    *gin_flags.define(flags.DEFINE_integer, _INTEGERS),
    *gin_flags.define(flags.DEFINE_float, _FLOATS),
    *gin_flags.define(flags.DEFINE_boolean, _BOOLEANS),
]


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
    values = gin_flags.given(FLAGS)
    if values.get("prepare_eleme.compression") == "none":
        values["prepare_eleme.compression"] = None
    days = {name: _days(name, texts) for name, texts in gin_flags.given(_DAYS).items()}
    return gin_flags.lines(values | days)


def _days(name, texts):
    if not all(text.isdecimal() for text in texts):
        raise ValueError(
            f"{name} must be two numbers such as 7,7. Received: {','.join(texts)}."
        )
    return tuple(map(int, texts))


if __name__ == "__main__":
    main()
