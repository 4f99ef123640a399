"""`bin/cluster_histories`: users for TWIN-V2, their old behaviours in clusters."""

from absl import flags

from diffumin_tf.commands import runner

INPUT = flags.DEFINE_string("input", None, "A directory in the native format.")
OUTPUT = flags.DEFINE_string("output", None, "A new or empty directory.")
MAX_SIZE = flags.DEFINE_integer("max_size", 20, "Most behaviours of a cluster.")
NUM_RECENT = flags.DEFINE_integer(
    "num_recent",
    100,
    "Behaviours before the training window that stay as they are: at least the "
    "model's short_term_length.",
)
GROUP_BY = flags.DEFINE_string(
    "group_by", None, "A field, such as history/type, that no cluster mixes."
)
NUM_SHARDS = flags.DEFINE_integer("num_shards", 8, "Number of files.")
COMPRESSION = flags.DEFINE_enum("compression", None, ["GZIP"], "None by default.")


def main() -> None:
    """Runs the command."""
    for name in ("input", "output"):
        flags.mark_flag_as_required(name)
    runner.run(_cluster)


def _cluster():
    from diffumin_tf.data.cluster_histories import cluster_histories

    report = cluster_histories(
        INPUT.value,
        OUTPUT.value,
        MAX_SIZE.value,
        NUM_RECENT.value,
        GROUP_BY.value,
        NUM_SHARDS.value,
        COMPRESSION.value,
    )
    print("\n".join([f"wrote {OUTPUT.value}", *report.lines()]))
