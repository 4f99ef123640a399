"""Kills exports at random moments, and checks what TF Serving would find.

    python tests/kill_exports.py [--kills=10] [--seed=0]

Three days are trained, each from the day before, and exported. Then exports of the
last are started and killed by SIGKILL at a random moment between start and end. After
each, all that has a version's number must load and score its own warm-up request as
before; in the end an undisturbed export must have removed what the others left.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from diffumin_tf.serving.local_model import LocalModel  # noqa: E402
from diffumin_tf.serving.warm_up import read_warm_up  # noqa: E402
from tests.kill_runs import SMALL  # noqa: E402

_DAYS = 3


def start(script, *arguments):
    """A process of `bin/<script>`."""
    command = [sys.executable, str(ROOT / "bin" / script), *arguments]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT}
    return subprocess.Popen(command, cwd=ROOT, **quiet)


def finish(script, *arguments):
    """Runs `bin/<script>` to its end; returns the seconds it took."""
    started = time.monotonic()
    if status := start(script, *arguments).wait():
        raise SystemExit(f"bin/{script} {' '.join(arguments)} ended with {status}.")
    return time.monotonic() - started


def train_and_export(scratch):
    """A chain of days; returns the arguments that export the last one again."""
    bindings = [f"--gin_bindings={line}" for line in SMALL]
    before = []
    for day in range(_DAYS):
        run = f"--run_dir={scratch / str(day)}"
        world = f"--gin_bindings=IndustryWorld.seed = {day}"
        finish("train", "--gin_file=gin/industry.gin", run, world, *bindings, *before)
        export = [run, f"--export_dir={scratch / 'served'}", "--keep_versions=3"]
        finish("export", *export)
        before = [f"--init_from={scratch / str(day)}"]
    return export


def scores(base):
    """Version to the scores of its warm-up request; raises where one cannot load."""
    found = {}
    for path in sorted(base.iterdir()):
        if path.name.isdecimal():
            request = dict(read_warm_up(path))["rank"]
            found[path.name] = LocalModel(path).predict(request, "rank")
    return found


def check(expected, found):
    """Raises unless the versions there are whole and score as before."""
    for name, answer in found.items():
        for output, values in answer.items():
            np.testing.assert_array_equal(values, expected[name][output])


def main():
    """Ends with an error if a killed export leaves a version that is not whole."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        export = train_and_export(scratch)
        base = scratch / "served"
        expected = scores(base)
        print(f"versions {', '.join(expected)} of as many days", flush=True)
        duration = finish("export", *export)
        for kill in range(options.kills):
            moment = rng.uniform(0, duration)
            process = start("export", *export)
            try:
                process.wait(moment)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            found = scores(base)
            # Versions that ended before their kill are new; old ones may be removed.
            check(expected | {n: found[n] for n in found if n not in expected}, found)
            expected = found
            left = sorted(p.name for p in base.iterdir() if not p.name.isdecimal())
            print(f"{kill + 1}: {moment:.1f} s, versions {', '.join(found)}; {left}")
        finish("export", *export)
        left = {p.name for p in base.iterdir() if not p.name.isdecimal()}
        if left != {".lock"}:
            raise SystemExit(f"half-written: {left - {'.lock'}}")
    print(f"{options.kills} kills: every version whole, nothing left behind")


if __name__ == "__main__":
    main()
