"""What the commands share: their common flags, and errors told in one line."""

import os
import re
import sys
from collections.abc import Callable

from absl import app, flags, logging

from diffumin_tf.quiet_start import start_tensorflow

RUN_DIR = flags.DEFINE_string("run_dir", None, "The directory of the run.")
GIN_BINDINGS = flags.DEFINE_multi_string(
    "gin_bindings", [], "A line of gin, such as 'NUM_CHANNELS = 8'. Repeatable."
)


def run(command: Callable[[], None]) -> None:
    """Parses the flags and runs `command`; what the user can mend takes one line.

    Ends the process with status 1 and `error: ...` on a wrong configuration, value
    or file, or too little memory. Other exceptions keep their traceback;
    `--verbosity=1` shows all.
    """
    _show_in_help(command.__module__, __name__)
    app.run(lambda argv: _run(command, argv[1:]))


def _show_in_help(*modules):
    """Has --help show these modules' flags: of itself it shows the script's alone."""
    for module in modules:
        for flag in flags.FLAGS.get_flags_for_module(module):
            flags.FLAGS.register_key_flag_for_module(sys.argv[0], flag)


def load_run(run_dir: str) -> None:
    """Loads the configuration that a run directory holds, then the flags' bindings.

    Raises:
        FileNotFoundError: If there is none.
        ConfigError: If it does not load.
    """
    from diffumin_tf import config

    saved = os.path.join(run_dir, "config.gin")
    if not os.path.exists(saved):
        raise FileNotFoundError(
            f"run_dir must be the directory of a run. Received: {run_dir}, which has "
            "no config.gin."
        )
    config.register_all()
    config.load([saved], GIN_BINDINGS.value)


def one_line(error: Exception) -> str:
    """Returns the message of an error in one line, with gin's notes made short."""
    called = r"\s*In call to configurable '(\w+)' \([^)]*\)"
    return " ".join(re.sub(called, r" (in \1)", str(error)).split())


def _run(command, unexpected):
    if unexpected:
        sys.exit(f"error: unexpected argument {unexpected[0]!r}")
    if not flags.FLAGS["verbosity"].present:
        # Else TensorFlow tells how long the parts of a checkpoint took.
        logging.set_verbosity(logging.WARNING)
    start_tensorflow()
    try:
        command()
    except (ValueError, OSError, MemoryError) as error:
        logging.debug("The error in full:", exc_info=True)
        sys.exit(f"error: {one_line(error)}")
