"""`bin/export`: writes the model of a finished run as a SavedModel."""

from absl import flags

from diffumin_tf.commands import runner

EXPORT_DIR = flags.DEFINE_string(
    "export_dir", None, "Where to write; `export` in the run directory by default."
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
    export(run_dir, config.call(Recipe), EXPORT_DIR.value)


if __name__ == "__main__":
    main()
