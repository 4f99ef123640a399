"""`bin/describe`: what a data set holds, as text and as a page."""

from absl import flags

from diffumin_tf.atomic_file import check_output
from diffumin_tf.commands import runner

DATA_DIR = flags.DEFINE_string("data_dir", None, "A directory of prepared data.")
GIN_FILE = flags.DEFINE_multi_string(
    "gin_file", None, "Instead of a directory: gin files of a run, for its data."
)
SEQUENCE_LENGTH = flags.DEFINE_integer(
    "sequence_length", None, "Behaviours that a model would read, for the padding."
)
OUTPUT = flags.DEFINE_string("output", None, "An HTML file to write; none by default.")

_DAYS_SHOWN = 31
_DEFAULT_LENGTH = 500


def main() -> None:
    """Runs the command."""
    runner.run(_describe)


def _describe():
    from diffumin_tf.data.description import describe
    from diffumin_tf.data.description_page import write_page
    from diffumin_tf.data.description_tables import days_table, description_tables
    from diffumin_tf.data.readable_errors import readable_errors

    _check_flags()
    source, name, length = _source()
    with readable_errors(source):
        description = describe(source)
    features = source.schema.features
    tables = description_tables(description, features, length)
    for table in (*tables, days_table(description, _DAYS_SHOWN)):
        print("\n".join(table.lines()) + "\n")
    if OUTPUT.value:
        write_page(OUTPUT.value, name, description, tables)
        print(f"wrote {OUTPUT.value}")


def _check_flags():
    """Refuses what would only fail after all data have been read."""
    if (DATA_DIR.value is None) == (GIN_FILE.value is None):
        raise ValueError(
            "one of --data_dir and --gin_file must be given. Received: "
            f"--data_dir={DATA_DIR.value}, --gin_file={GIN_FILE.value}."
        )
    if SEQUENCE_LENGTH.value is not None and SEQUENCE_LENGTH.value < 1:
        raise ValueError(
            f"sequence_length must be at least 1. Received: {SEQUENCE_LENGTH.value}."
        )
    check_output(OUTPUT.value)


def _source():
    """The data, what to call them, and the length of a history that is read."""
    if DATA_DIR.value:
        from diffumin_tf.data.records import UserRecords

        length = SEQUENCE_LENGTH.value or _DEFAULT_LENGTH
        return UserRecords(DATA_DIR.value), DATA_DIR.value, length
    from diffumin_tf import config
    from diffumin_tf.training.recipe import Recipe

    config.register_all()
    config.load(GIN_FILE.value, runner.GIN_BINDINGS.value)
    data = config.call(Recipe).data
    length = SEQUENCE_LENGTH.value or data.sequence_length
    return data.source, " ".join(GIN_FILE.value), length


if __name__ == "__main__":
    main()
