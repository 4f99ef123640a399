"""Peak memory of a training step, in a process of its own.

    python benchmarks/peak_memory.py --formulation=ours --batch_size=256

Prints one line of JSON, in bytes: how far the first step, compilation included, lifts
the resident memory above what it was with model and batch built; and the peak of the
whole process over that step and three more.
"""

import argparse
import ctypes
import json
import os
import sys
from dataclasses import fields
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.comparison import Comparison  # noqa: E402
from benchmarks.processes import resident, run_json  # noqa: E402
from benchmarks.spread import Spread  # noqa: E402
from benchmarks.workload import Workload  # noqa: E402

FORMULATIONS = ("ours", "straightforward", "straightforward_jit")
_MEASURED = {"first": "first step", "process": "process"}


def measure(workload, formulation):
    """Runs this file; returns what it prints as a dict.

    Args:
        workload: A `Workload`.
        formulation: One of `FORMULATIONS`.
    """
    command = [sys.executable, __file__, f"--formulation={formulation}"]
    for field in fields(workload):
        value = getattr(workload, field.name)
        if value is not None:
            command.append(f"--{field.name}={value}")
    return run_json(command)


def compare_memory(workload, pairs, plain):
    """Yields the `Comparison`s of paired processes.

    Args:
        workload: A `Workload`.
        pairs: How many pairs of processes.
        plain: `"straightforward"` or `"straightforward_jit"`.
    """
    found = {"ours": [], plain: []}
    for pair in range(pairs):
        for name in list(found)[:: 1 if pair % 2 else -1]:
            found[name].append(measure(workload, name))
    for key, what in _MEASURED.items():
        first, second = ([run[key] for run in found[name]] for name in found)
        tensors = [
            Spread.of(s).median / workload.history_bytes for s in (first, second)
        ]
        note = f"{tensors[0]:.1f} and {tensors[1]:.1f} tensors [B, l, d]"
        name = f"peak, {what}, {workload.impressions_a_user} a user"
        yield Comparison("memory", name, "ours", first, plain, second, "MiB", note)


def make_step(workload, formulation):
    """A callable that runs a training step of a formulation."""
    from benchmarks import sweeps  # after the child's own start

    if formulation == "ours":
        return sweeps.our_step(workload)
    return sweeps.plain_step(workload, jit=formulation.endswith("jit"))


def forget_peak():
    """Gives back what is free and makes the rest the peak; returns that in bytes."""
    ctypes.CDLL(None).malloc_trim(0)  # freed pages would hide what a step takes
    Path("/proc/self/clear_refs").write_text("5")
    return resident("VmHWM")


def run(workload, formulation, later_steps=3):
    """Measures this process; returns bytes by name."""
    step = make_step(workload, formulation)
    built = resident("VmHWM")
    before = forget_peak()
    step()
    first = resident("VmHWM") - before
    for _ in range(later_steps):
        step()
    return {"first": first, "process": max(built, resident("VmHWM"))}


def main():
    """Runs the steps and prints what they took."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--formulation", choices=FORMULATIONS, required=True)
    for field in fields(Workload):
        kind = str if field.name == "sampler" else int
        parser.add_argument(f"--{field.name}", type=kind, default=field.default)
    options = vars(parser.parse_args())
    formulation = options.pop("formulation")
    print(json.dumps(run(Workload(**options), formulation)))


if __name__ == "__main__":
    main()
