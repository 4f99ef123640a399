"""Memory of a training step by batch size, in float32 and in mixed bfloat16.

    python benchmarks/step_memory.py [--batch_sizes=64,256] [--impressions_a_user=8]

Prints a table. `temporaries` is what XLA for this machine's CPU sets aside for the
activations of the compiled core, from its buffer assignment; `resident` is how far the
first step, compilation included, lifts the process above what it was with model and
batch built. Each row is a process of its own.
"""

import argparse
import json
import os
import re
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import peak_memory  # noqa: E402
from benchmarks.processes import run_json  # noqa: E402
from benchmarks.workload import Workload  # noqa: E402

POLICIES = ("float32", "mixed_bfloat16")
_TEMPORARIES = re.compile(r"^allocation \d+: size (\d+), preallocated-temp", re.M)
_HEAD = "| B | policy | temporaries, GiB | in float32 [B, l, d] | resident, GiB |"


def temporaries(folder):
    """Bytes of the largest program's temporaries, of those that XLA dumped there.

    Raises:
        ValueError: if it dumped none.
    """
    files = Path(folder).glob("*buffer-assignment.txt")
    sizes = [
        sum(int(size) for size in _TEMPORARIES.findall(file.read_text()))
        for file in files
    ]
    if not sizes:
        raise ValueError(f"XLA must have dumped a program. Received: none in {folder}.")
    return max(sizes)


def measure(workload, policy):
    """Runs this file; returns bytes by name: `temporaries` and `first`.

    Args:
        workload: A `Workload`.
        policy: One of `POLICIES`.
    """
    child = json.dumps({"workload": asdict(workload), "policy": policy})
    with tempfile.TemporaryDirectory() as folder:
        dump = f"--xla_dump_to={folder} --xla_dump_hlo_as_text"
        found = run_json(
            [sys.executable, __file__, f"--child={child}"],
            env={**os.environ, "XLA_FLAGS": dump},
        )
        return {**found, "temporaries": temporaries(folder)}


def run_child(workload, policy):
    """Measures this process; returns what `peak_memory.run` does."""
    import keras  # after the child's own start

    keras.config.set_dtype_policy(policy)
    return peak_memory.run(Workload(**workload), "ours", later_steps=0)


def line(workload, policy, found):
    """A row of the table."""
    tensors = found["temporaries"] / workload.history_bytes
    gib = [found[name] / 2**30 for name in ("temporaries", "first")]
    size = workload.batch_size
    return f"| {size} | {policy} | {gib[0]:.2f} | {tensors:.1f} | {gib[1]:.2f} |"


def read_options():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    add = parser.add_argument
    add("--batch_sizes", default="64,256,1024", help="Each B, by commas.")
    add("--sequence_length", type=int, default=5000, help="l")
    add("--impressions_a_user", type=int, default=1, help="Rows that share a history.")
    add("--child", help="A workload and a policy, as JSON.")
    return parser.parse_args()


def main():
    """Prints the table, row by row."""
    options = read_options()
    if options.child:
        print(json.dumps(run_child(**json.loads(options.child))))
        return
    print(_HEAD, "| --- | --- | --- | --- | --- |", sep="\n", flush=True)
    for size in map(int, options.batch_sizes.split(",")):
        workload = Workload(size, options.sequence_length, options.impressions_a_user)
        for policy in POLICIES:
            print(line(workload, policy, measure(workload, policy)), flush=True)


if __name__ == "__main__":
    main()
