"""How fast training and ranking are, as ratios to named alternatives.

    python benchmarks/speed.py [--sections=step,stages] [--json=PATH] [--plot=PATH]

Prints one table: two alternatives, their medians, and the ratio of the second to the
first with its spread over rounds in which both ran. The alternatives take turns in
one process; memory is measured in pairs of processes. All of it at the paper's sizes
takes hours on two cores and up to 16 GiB.
"""

import argparse
import gc
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np  # noqa: E402

from benchmarks import (  # noqa: E402
    batches,
    input_pipeline,
    peak_memory,
    ranking,
    report,
    stages,
    steps,
    sweeps,
)
from benchmarks.comparison import HEADER, Comparison  # noqa: E402
from benchmarks.floors import Floors, copy_bandwidth  # noqa: E402
from benchmarks.stage_costs import stage_costs  # noqa: E402
from benchmarks.timing import describe_machine  # noqa: E402
from benchmarks.workload import Workload  # noqa: E402

_JIT = {"off": [False], "on": [True], "both": [False, True]}
_PIPELINE_STEPS = 8  # of each timed stretch


def step(options, workload):
    """The whole training step at 1 and 8 impressions a user."""
    return sweeps.compare_steps(workload, options.repeats, _JIT[options.plain_jit])


def stage_by_stage(options, workload):
    """Every stage, and its distance to the floor."""
    jit, found = _JIT[options.plain_jit], {}
    for line in stages.compare_stages(workload, options.repeats, jit):
        found[line.what] = line.first_samples
        yield line
    impressions, _ = batches.draw_impressions(workload)
    ids = [impressions[name].reshape(-1) for name in ("history", "target", "other")]
    costs = stage_costs(workload, len(np.unique(np.concatenate(ids))))
    floors = Floors(copy_bandwidth())
    print(f"  a copy moves {floors.bandwidth / 1e9:.1f} GB/s", file=sys.stderr)
    for name, cost in costs.items():
        yield floors.compare(name, cost, found[name])


def inference(options, workload):
    """Ranking the candidates of one user."""
    return ranking.compare_ranking(
        workload, options.candidates, options.repeats, _JIT[options.plain_jit]
    )


def pipeline(options, workload):
    """Steps fed from records on disk against the same batches in memory."""
    sizes = workload.batch_size, workload.sequence_length
    with tempfile.TemporaryDirectory() as folder:
        world = input_pipeline.write_world(folder, options.num_users)
        fed, held = input_pipeline.measure(
            world, *sizes, options.repeats, _PIPELINE_STEPS
        )
    yield Comparison("pipeline", "step", "in memory", held, "from disk", fed)


def over_sizes(options, workload):
    """The whole step over every size that has values."""
    for name in sweeps.SWEEPS:
        if values := getattr(options, f"{name}_values"):
            yield from sweeps.compare_sweep(
                workload, name, values, options.repeats, options.faster_jit
            )


def memory(options, workload):
    """Peak memory in pairs of processes, one impression a user and eight."""
    plain = "straightforward_jit" if options.faster_jit else "straightforward"
    for impressions_a_user in (1, 8):
        changed = sweeps.with_impressions(workload, impressions_a_user)
        yield from peak_memory.compare_memory(changed, options.memory_pairs, plain)


def competitors(options, workload):
    """DIN(S), TWIN and DIN over the history's length."""
    return sweeps.compare_competitors(
        workload, options.repeats, options.sequence_length_values
    )


SECTIONS = {
    "step": step,
    "stages": stage_by_stage,
    "inference": inference,
    "pipeline": pipeline,
    "sweeps": over_sizes,
    "memory": memory,
    "competitors": competitors,
}


def read_options():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    add = parser.add_argument
    add("--sections", default=",".join(SECTIONS), help="Which, by commas.")
    add("--repeats", type=int, default=7, help="Rounds of each comparison.")
    add("--memory_pairs", type=int, default=3, help="Pairs of processes.")
    add("--plain_jit", choices=_JIT, default="both", help="Straightforward form.")
    add("--batch_size", type=int, default=256, help="B")
    add("--sequence_length", type=int, default=5000, help="l")
    add("--num_sampling_steps", type=int, default=20, help="T'")
    add("--num_rows", type=int, default=1_000_000, help="Of the embedding table.")
    add("--candidates", type=int, default=500, help="Of the ranked request.")
    add("--num_users", type=int, default=4000, help="Of the pipeline's world.")
    add("--json", help="File for machine, versions and every sample.")
    add("--plot", help="File for the cost over the history's length.")
    for name, values in sweeps.SWEEPS.items():
        add(f"--{name}_values", type=int, nargs="*", default=values, help="Swept.")
    options = parser.parse_args()
    options.sections = options.sections.split(",")
    if unknown := set(options.sections) - set(SECTIONS):
        parser.error(
            f"sections must be among {', '.join(SECTIONS)}; received "
            f"{', '.join(sorted(unknown))}."
        )
    return options


def faster_jit(comparisons, tried):
    """Whether XLA suits the straightforward step: as measured, else the first tried."""
    for line in comparisons:
        if line.section == "step" and not line.note:
            return line.second == steps.plain_name(True)
    return tried[0]


def main():
    """Runs the sections, prints as they go and writes after each."""
    options = read_options()
    contents = {"machine": describe_machine(), "arguments": vars(options).copy()}
    print(", ".join(f"{name} {value}" for name, value in contents["machine"].items()))
    workload = Workload(
        batch_size=options.batch_size,
        sequence_length=options.sequence_length,
        num_sampling_steps=options.num_sampling_steps,
        num_rows=options.num_rows,
    )
    lines = []
    for name in options.sections:
        options.faster_jit = faster_jit(lines, _JIT[options.plain_jit])
        print(f"\n{report.TITLES[name]}\n{HEADER}", flush=True)
        for line in SECTIONS[name](options, workload):
            lines.append(line)
            print(line.line(), flush=True)
        gc.collect()  # a section's models, before the next one's
        if options.json:
            records = [line.record() for line in lines]
            report.write_json(options.json, {**contents, "comparisons": records})
    if options.plot:
        report.plot_costs(options.plot, lines)


if __name__ == "__main__":
    main()
