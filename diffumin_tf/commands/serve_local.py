"""`bin/serve_local`: answers one request, or times many, as TF Serving would."""

from absl import flags

from diffumin_tf.atomic_file import check_output
from diffumin_tf.commands import runner

EXPORT_DIR = flags.DEFINE_string(
    "export_dir", None, "An export: a version, or a directory of versions."
)
REQUEST = flags.DEFINE_string(
    "request", None, "The request: REST in a .json, a serialized PredictRequest in .pb."
)
OUTPUT = flags.DEFINE_string(
    "output", None, "Where to write the answer, .json or .pb; to the terminal if none."
)
BENCH = flags.DEFINE_integer(
    "bench", None, "Instead of a request: times so many of each warm-up request."
)
CLIENTS = flags.DEFINE_integer("clients", 1, "Threads that send at once; for --bench.")

_FORMS = (".json", ".pb")


def main() -> None:
    """Runs the command."""
    flags.mark_flag_as_required("export_dir")
    runner.run(_serve_local)


def _serve_local():
    _check_flags()
    from diffumin_tf.serving.answers import answer_file
    from diffumin_tf.serving.local_model import LocalModel

    model = LocalModel(EXPORT_DIR.value)
    if BENCH.value is not None:
        _bench(model)
        return
    text = answer_file(model, REQUEST.value, OUTPUT.value)
    if not OUTPUT.value:
        print(text)


def _bench(model):
    from diffumin_tf.serving.request_bench import bench, bench_table
    from diffumin_tf.serving.warm_up import read_warm_up

    times = bench(model, read_warm_up(model.path), BENCH.value, CLIENTS.value)
    print("\n".join(bench_table(times, CLIENTS.value).lines()))
    for each in times:
        if each.errors:
            print(f"{each.signature}, {each.rows} rows: {each.errors[0]}")


def _check_flags():
    """Refuses what would only fail after the model is loaded."""
    if (REQUEST.value is None) == (BENCH.value is None):
        raise ValueError(
            "one of --request and --bench must be given. Received: "
            f"--request={REQUEST.value}, --bench={BENCH.value}."
        )
    if BENCH.value is not None and OUTPUT.value:
        raise ValueError(
            "output must be given with --request, for it holds an answer. Received: "
            f"--bench={BENCH.value} --output={OUTPUT.value}."
        )
    for flag in (REQUEST, OUTPUT):
        if flag.value and not flag.value.endswith(_FORMS):
            raise ValueError(
                f"{flag.name} must end in {' or '.join(_FORMS)}. Received: "
                f"{flag.value}."
            )
    check_output(OUTPUT.value)


if __name__ == "__main__":
    main()
