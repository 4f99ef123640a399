"""`bin/convert_released`: the released code's records to the native format and back."""

from absl import flags

from diffumin_tf.commands import runner

TO = flags.DEFINE_enum("to", None, ["native", "released"], "The format to write.")
INPUT = flags.DEFINE_string(
    "input", None, "Native: a directory. Released: a file, a pattern or a directory."
)
OUTPUT = flags.DEFINE_string("output", None, "A new or empty directory.")
DATA_STRUCT = flags.DEFINE_string(
    "data_struct", None, "With --to=native: data_struct.json, if not with the input."
)
COLUMNS = flags.DEFINE_string(
    "columns",
    None,
    "JSON: which released column is which native one. See docs/data.md.",
)
SEQUENCE_LENGTH = flags.DEFINE_integer(
    "sequence_length", None, "With --to=released: behaviours of a record; all if unset."
)
NUM_SHARDS = flags.DEFINE_integer("num_shards", 8, "Number of files.")
COMPRESSION = flags.DEFINE_enum("compression", None, ["GZIP"], "None by default.")


def main() -> None:
    """Runs the command."""
    for name in ("to", "input", "output"):
        flags.mark_flag_as_required(name)
    runner.run(_convert)


def _convert():
    _check_flags()
    report = _to_native() if TO.value == "native" else _to_released()
    print("\n".join([f"wrote {OUTPUT.value}", *report.lines()]))


def _check_flags():
    wrong = DATA_STRUCT if TO.value == "released" else SEQUENCE_LENGTH
    if wrong.value is not None:
        raise ValueError(
            "--data_struct is read with --to=native, --sequence_length with "
            f"--to=released. Received: --{wrong.name}={wrong.value} with "
            f"--to={TO.value}."
        )


def _to_native():
    from diffumin_tf.data.released import to_native

    return to_native(
        INPUT.value,
        OUTPUT.value,
        DATA_STRUCT.value,
        COLUMNS.value,
        NUM_SHARDS.value,
        COMPRESSION.value,
    )


def _to_released():
    from diffumin_tf.data.records import UserRecords
    from diffumin_tf.data.released import to_released
    from diffumin_tf.data.released.to_native import read_map

    return to_released(
        UserRecords(INPUT.value),
        OUTPUT.value,
        SEQUENCE_LENGTH.value,
        NUM_SHARDS.value,
        COMPRESSION.value,
        read_map(COLUMNS.value).columns if COLUMNS.value else None,
    )


if __name__ == "__main__":
    main()
