"""Requests of one user with many candidates to exported models, in this process.

    python benchmarks/serving.py [--requests=200] [--candidates=500] [--json=PATH]

Untrained models of the paper's sizes are exported and loaded again. They answer in
turn, some requests at a time, so that what disturbs one disturbs all; the
straightforward formulation, which takes a history a candidate, answers fewer.
"""

import argparse
import json
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np  # noqa: E402

from benchmarks import batches, ranking, steps  # noqa: E402
from benchmarks.served_models import draw_request, export_models  # noqa: E402
from benchmarks.spread import Spread  # noqa: E402
from benchmarks.timing import describe_machine, seconds_of  # noqa: E402
from benchmarks.workload import Workload  # noqa: E402
from diffumin_tf.serving.predict_request import make_predict_request  # noqa: E402
from diffumin_tf.serving.servable import ENCODE_USER, RANK, RANK_ENCODED  # noqa: E402

_AT_A_TIME = 10
_PLAIN = "straightforward"
_PERCENTS = (50, 95, 99)


def measure(workload, candidates, requests, folder):
    """Times requests that take turns.

    Args:
        workload: A `Workload`.
        candidates: N.
        requests: How many each model answers.
        folder: Where to export to.

    Returns:
        Name to seconds, one a request; and the bytes of a request by name.
    """
    models = export_models(Path(folder, "plain"), workload)
    compiled = export_models(Path(folder, "compiled"), workload, jit_compile=True)
    models |= {f"{name}, compiled": model for name, model in compiled.items()}
    several = [draw_request(workload, candidates, seed) for seed in range(_AT_A_TIME)]
    functions, sizes = {}, {}
    for name, model in models.items():
        cut = [_only(request, model.signatures[RANK]) for request in several]
        functions[name] = [_call(model, request, RANK) for request in cut]
        sizes[name] = _bytes(RANK, cut[0])
    name, model = "DiffuMIN, user encoded", models["DiffuMIN"]
    cut = [_with_encoded_user(model, request) for request in several]
    functions[name] = [_call(model, request, RANK_ENCODED) for request in cut]
    sizes[name] = _bytes(RANK_ENCODED, cut[0])
    plain = {
        _PLAIN: _straightforward(workload, candidates, jit=False),
        f"{_PLAIN}, compiled": _straightforward(workload, candidates, jit=True),
    }
    for call in (*(calls[0] for calls in functions.values()), *plain.values()):
        call()  # Traced, and compiled.
    seconds = {name: [] for name in (*functions, *plain)}
    for _ in range(-(-requests // _AT_A_TIME)):
        for name, calls in functions.items():
            seconds[name] += [seconds_of(call) for call in calls]
        for name, call in plain.items():
            seconds[name].append(seconds_of(call))
    return seconds, sizes


def _call(model, request, signature):
    return lambda: model.predict(request, signature)


def _only(request, inputs):
    return {name: request[name] for name in inputs}


def _with_encoded_user(model, request):
    user = _only(request, model.signatures[ENCODE_USER])
    encoded = model.predict(user, ENCODE_USER)
    return _only({**request, **encoded}, model.signatures[RANK_ENCODED])


def _bytes(signature, request):
    return make_predict_request("model", signature, request).ByteSize()


def _straightforward(workload, candidates, jit):
    request = replace(
        workload, batch_size=candidates, impressions_a_user=candidates, slack=0
    )
    impressions, _ = batches.draw_impressions(request)
    tiled = batches.to_tensors(batches.plain_inputs(impressions))
    plain = steps.build_straightforward(request, tiled, jit)
    return ranking.plain_ranking(plain, impressions, jit)


def table(seconds, sizes):
    """The lines of the table: milliseconds, bytes, ratios to DiffuMIN's median."""
    first = Spread.of(seconds["DiffuMIN"]).median
    yield f"{'model':26} {'p50 ms':>8} {'p95':>8} {'p99':>8} {'KiB':>8} {'ratio':>6}  n"
    for name, taken in seconds.items():
        p50, p95, p99 = 1000 * np.percentile(taken, _PERCENTS)
        size = f"{sizes[name] / 1024:8.1f}" if name in sizes else f"{'-':>8}"
        ratio = Spread.of(taken).median / first
        yield (
            f"{name:26} {p50:8.1f} {p95:8.1f} {p99:8.1f} {size} {ratio:6.2f}  "
            f"{len(taken)}"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--requests", type=int, default=200, help="Of each model.")
    parser.add_argument("--candidates", type=int, default=500, help="N")
    parser.add_argument("--sequence_length", type=int, default=5000, help="l")
    parser.add_argument("--num_sampling_steps", type=int, default=20, help="T'")
    parser.add_argument("--json", help="File for machine, versions and every time.")
    options = parser.parse_args()
    workload = Workload(
        sequence_length=options.sequence_length,
        num_sampling_steps=options.num_sampling_steps,
    )
    with tempfile.TemporaryDirectory() as folder:
        seconds, sizes = measure(workload, options.candidates, options.requests, folder)
    print("\n".join(table(seconds, sizes)))
    if options.json:
        found = {"machine": describe_machine(), "options": vars(options)}
        found |= {"seconds": seconds, "bytes": sizes}
        Path(options.json).write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
