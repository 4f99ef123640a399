"""`bin/prepare_alibaba`: turns Tianchi's raw folder into training and test data."""

from absl import flags

from diffumin_tf.commands import gin_flags, runner

GIN_FILE = flags.DEFINE_multi_string(
    "gin_file", [], "A gin file, such as gin/alibaba.gin. Repeatable; later wins."
)
_STRINGS = {
    "raw_dir": ("prepare_alibaba.raw_dir", "Folder of the four raw files."),
    "output": ("prepare_alibaba.output", "A new or empty directory."),
    "memory_limit": ("prepare_alibaba.memory_limit", "Of DuckDB, such as 1GB."),
}
_INTEGERS = {
    "sequence_length": (
        "prepare_alibaba.sequence_length",
        "How many of the latest behaviours an impression is to see.",
    ),
    "min_count": ("prepare_alibaba.min_count", "Rarer ids are unknown."),
    "num_shards": ("prepare_alibaba.num_shards", "Number of files."),
    "threads": ("prepare_alibaba.threads", "Of DuckDB."),
}
_FLOATS = {
    "max_bad_share": ("prepare_alibaba.max_bad_share", "Bad rows to leave out."),
}
_BOOLEANS = {
    "described_only": (
        "prepare_alibaba.described_only",
        "Leaves out impressions without profile or ad.",
    ),
}

FLAGS = [
    *gin_flags.define(flags.DEFINE_string, _STRINGS),
    *gin_flags.define(flags.DEFINE_integer, _INTEGERS),
    *gin_flags.define(flags.DEFINE_float, _FLOATS),
    *gin_flags.define(flags.DEFINE_boolean, _BOOLEANS),
]


def main() -> None:
    """Runs the command."""
    runner.run(_prepare_alibaba)


def _prepare_alibaba():
    from diffumin_tf import config
    from diffumin_tf.data.alibaba import prepare_alibaba

    config.register_all()
    bindings = gin_flags.lines(gin_flags.given(FLAGS))
    config.load(GIN_FILE.value, [*bindings, *runner.GIN_BINDINGS.value])
    config.call(prepare_alibaba)


if __name__ == "__main__":
    main()
