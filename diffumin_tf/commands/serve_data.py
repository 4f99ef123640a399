"""`bin/serve_data`: one server of a tf.data service that makes batches for training."""

from absl import flags

from diffumin_tf.commands import runner

ROLE = flags.DEFINE_enum(
    "role",
    None,
    ["dispatcher", "worker"],
    "What this server is: a service has one dispatcher, and workers as it needs.",
)
PORT = flags.DEFINE_integer("port", 0, "The port to listen on; 0 for a free one.")
DISPATCHER = flags.DEFINE_string(
    "dispatcher", None, "A worker's dispatcher, as HOST:PORT."
)
HOST = flags.DEFINE_string(
    "host", "localhost", "A worker's own name, by which those who train reach it."
)
WORK_DIR = flags.DEFINE_string(
    "work_dir", None, "A dispatcher's journal: started again with it, it goes on."
)


def main() -> None:
    """Runs the command."""
    flags.mark_flag_as_required("role")
    runner.run(_serve_data)


def _serve_data():
    from diffumin_tf.data import data_servers

    if ROLE.value == "dispatcher":
        _refuse(dispatcher=DISPATCHER)
        server = data_servers.start_dispatcher(PORT.value, WORK_DIR.value)
    else:
        _refuse(work_dir=WORK_DIR)
        server = data_servers.start_worker(DISPATCHER.value, PORT.value, HOST.value)
    print(f"{ROLE.value} at {server.address}", flush=True)
    data_servers.wait()


def _refuse(**others):
    for name, flag in others.items():
        if flag.value is not None:
            raise ValueError(
                f"{name} must not be given to a {ROLE.value}. Received: "
                f"--{name}={flag.value}."
            )


if __name__ == "__main__":
    main()
