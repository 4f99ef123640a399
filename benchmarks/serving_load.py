"""Many clients at once on one exported model, in this process.

    python benchmarks/serving_load.py [--clients=64] [--seconds=60]

Every client sends `rank` requests of its own, one after the other, and compares each
answer with what one client alone was told. Resident memory is sampled meanwhile.
"""

import argparse
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np  # noqa: E402

from benchmarks.processes import resident  # noqa: E402
from benchmarks.served_models import draw_request, export_models  # noqa: E402
from benchmarks.workload import Workload  # noqa: E402
from diffumin_tf.serving.servable import RANK, SCORE  # noqa: E402

_EVERY = 0.5  # seconds between samples of the memory


def load(model, requests, seconds):
    """Sends each client's request again and again.

    Args:
        model: A `LocalModel`.
        requests: One a client.
        seconds: For how long.

    Returns:
        Answers; what went wrong, a text each; the largest difference of a score; and
        samples of seconds and resident bytes.
    """
    alone = [model.predict(request, RANK)[SCORE] for request in requests]
    counts, errors, differences = [], [], []
    end = time.monotonic() + seconds

    def client(request, wanted):
        count = 0
        try:
            while time.monotonic() < end:
                found = model.predict(request, RANK)[SCORE]
                differences.append(float(np.abs(found - wanted).max()))
                count += 1
        except Exception as error:  # noqa: BLE001 - whatever it is, it is counted
            errors.append(repr(error))
        counts.append(count)

    threads = [
        threading.Thread(target=client, args=pair)
        for pair in zip(requests, alone, strict=True)
    ]
    samples = _watch_memory(threads)
    return sum(counts), errors, max(differences, default=np.nan), samples


def _watch_memory(threads):
    """Runs the threads to their end; `[n, 2]` of seconds and bytes meanwhile."""
    start, samples = time.monotonic(), []
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        samples.append((time.monotonic() - start, resident("VmRSS")))
        time.sleep(_EVERY)
    return np.array(samples)


def slope(samples):
    """MiB a minute by least squares, without the first quarter, which warms up."""
    late = samples[len(samples) // 4 :]
    return float(np.polyfit(late[:, 0] / 60, late[:, 1] / 2**20, 1)[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--clients", type=int, default=64, help="Threads.")
    parser.add_argument("--seconds", type=float, default=60, help="How long.")
    parser.add_argument("--candidates", type=int, default=50, help="N")
    parser.add_argument("--sequence_length", type=int, default=5000, help="l")
    options = parser.parse_args()
    workload = Workload(sequence_length=options.sequence_length)
    with tempfile.TemporaryDirectory() as folder:
        model = export_models(folder, workload, ("DiffuMIN",))["DiffuMIN"]
        inputs = model.signatures[RANK]
        drawn = (
            draw_request(workload, options.candidates, n)
            for n in range(options.clients)
        )
        requests = [{name: request[name] for name in inputs} for request in drawn]
        answers, errors, difference, samples = load(model, requests, options.seconds)
    print(f"clients {options.clients}, answers {answers}, errors {len(errors)}")
    print(f"largest difference to one client alone {difference:.1e}")
    low, high = samples[:, 1].min() / 2**20, samples[:, 1].max() / 2**20
    print(
        f"memory {low:.0f} to {high:.0f} MiB, slope {slope(samples):+.1f} MiB a minute"
    )
    for error in errors[:3]:
        print(error)
    sys.exit(bool(errors))


if __name__ == "__main__":
    main()
