"""`bin/import_task_conf`: turns the released code's settings into a run file."""

from absl import flags

from diffumin_tf.commands import runner

TASK_CONF = flags.DEFINE_string("task_conf", None, "A released task_conf.json.")
DATA_STRUCT = flags.DEFINE_string(
    "data_struct", None, "The data_struct.json beside it, to check the columns."
)
OUTPUT = flags.DEFINE_string("output", None, "The gin file to write.")


def main() -> None:
    """Runs the command."""
    flags.mark_flags_as_required(["task_conf", "output"])
    runner.run(_import_task_conf)


def _import_task_conf():
    from diffumin_tf.released_conf import import_task_conf

    conf = import_task_conf(TASK_CONF.value, OUTPUT.value, DATA_STRUCT.value)
    print(f"{conf.report()}\n\nwrote {OUTPUT.value}")


if __name__ == "__main__":
    main()
