"""`bin/export`: publishes the model of a finished run for TF Serving."""

from absl import flags

from diffumin_tf.commands import runner

EXPORT_DIR = flags.DEFINE_string(
    "export_dir",
    None,
    "The base path, with a directory a version; `export` in the run directory by "
    "default.",
)
VERSION = flags.DEFINE_integer(
    "version", None, "The version's number; one more than the highest by default."
)
KEEP_VERSIONS = flags.DEFINE_integer(
    "keep_versions", 3, "How many of the highest versions to keep."
)
SPLIT = flags.DEFINE_string(
    "split", "test", "Whose impressions are scored before the version is published."
)
NUM_CANDIDATES = flags.DEFINE_integer(
    "num_candidates", 100, "Candidates of the user in the check and in the warm-up."
)
JIT_COMPILE = flags.DEFINE_bool(
    "jit_compile",
    False,
    "Whether XLA compiles the model, once for each number of candidates; TF Serving "
    "needs --xla_cpu_compilation_enabled.",
)


def main() -> None:
    """Runs the command."""
    flags.mark_flag_as_required("run_dir")
    runner.run(_export)


def _export():
    from diffumin_tf import config
    from diffumin_tf.serving.export import export
    from diffumin_tf.training.recipe import Recipe

    run_dir = runner.RUN_DIR.value
    runner.load_run(run_dir)
    export(
        run_dir,
        config.call(Recipe),
        EXPORT_DIR.value,
        version=VERSION.value,
        keep_versions=KEEP_VERSIONS.value,
        split=SPLIT.value,
        num_candidates=NUM_CANDIDATES.value,
        jit_compile=JIT_COMPILE.value,
    )


if __name__ == "__main__":
    main()
