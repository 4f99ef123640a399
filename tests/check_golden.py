"""Holds the public layers against a golden file: every output, every gradient.

    python tests/check_golden.py FILE.npz [FILE.npz ...]

Any file of the patterns works, of any shape. Noise is injected, and the worst array is
printed. `paper_*`: under the float64 policy to 1e-8 and in float32 to 1e-4 (1 + |x|),
gradients to 1e-4 of the array's largest. `released_*`, with the model that
gin/models/released.gin makes: in float32 to 1e-4 (1 + |x|), or 1e-3 behind the sampling
chain, whose float32 schedule ours does not copy. `released_*_f64`, whose inputs stand
in the file without `_f64`: under the float64 policy to 1e-8, in float32 to
1e-4 (1 + |x|).
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import keras  # noqa: E402

from tests.golden import paper, released, schedules  # noqa: E402
from tests.golden.golden_file import Golden  # noqa: E402
from tests.golden.tolerances import excess  # noqa: E402

DTYPES = ("float64", "float32")


def check(path, dtype):
    """Compares a file's arrays; returns each one's excess by name, worst first.

    Raises:
        KeyError: if the file holds an output that is not computed here.
    """
    golden = Golden.load(path)
    if schedules.holds(golden):
        wanted, got = schedules.compute(golden, dtype)
    elif released.holds(golden):
        wanted, got = released.compute(golden, path, dtype)
    else:
        wanted, got = paper.compute(golden, dtype)
    missing = [name for name in wanted if name not in got]
    if missing:
        raise KeyError(f"{path}: not computed: {missing}")
    worst = {name: excess(name, got[name], golden, dtype) for name in wanted}
    return dict(sorted(worst.items(), key=lambda item: -item[1]))


def main(paths):
    failed = False
    for path in paths:
        for dtype in DTYPES:
            worst = check(path, dtype)
            name, value = next(iter(worst.items()))
            failed |= value > 1
            verdict = "ok" if value <= 1 else "FAILED"
            print(
                f"{verdict:6} {Path(path).name} {dtype}: {len(worst)} arrays, worst "
                f"{name} at {value:.3g} of its tolerance"
            )
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    keras.utils.set_random_seed(0)
    sys.exit(main(sys.argv[1:]))
