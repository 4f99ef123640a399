"""How fast training and ranking are, as ratios to named alternatives.

    python benchmarks/speed.py [--sections=step,stages] [--json=PATH] [--plot=PATH]

Prints one table: two alternatives, their medians, and the ratio of the second to the
first with its spread over rounds in which both ran. Alternatives take turns in
one process; memory is measured in pairs of processes. All of it at the paper's sizes
takes hours on two cores. How long a first call compiles goes to standard error. The
sources must not change meanwhile: every comparison starts a process that reads them.
"""

import argparse
import multiprocessing
import os
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np  # noqa: E402

from benchmarks import (  # noqa: E402
    batches,
    competitors,
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
    return [
        partial(sweeps.compare_steps, shared, options.repeats, _JIT[options.plain_jit])
        for shared in _grouped(workload)
    ]


def by_stage(options, workload):
    """Every stage and its distance to the floor; those that grouping changes again."""
    arguments = options.repeats, _JIT[options.plain_jit]
    alone, grouped = _grouped(workload)
    history = partial(stages.compare_stages, names=("lookup", "OMIE"))
    return [
        partial(stages_and_floors, alone, *arguments),
        partial(history, grouped, *arguments),
    ]


def stages_and_floors(workload, repeats, plain_jit):
    """Yields the stages' `Comparison`s, then those with their floors."""
    found = {}
    for line in stages.compare_stages(workload, repeats, plain_jit):
        found[line.what] = line.first_samples
        yield line
    impressions, _ = batches.draw_impressions(workload)
    ids = [impressions[name].reshape(-1) for name in ("history", "target", "other")]
    costs = stage_costs(workload, len(np.unique(np.concatenate(ids))))
    floors = Floors(copy_bandwidth())
    for name, cost in costs.items():
        yield floors.compare(name, cost, found[name])


def inference(options, workload):
    """Ranking the candidates of one user."""
    jit = _JIT[options.plain_jit]
    arguments = workload, options.candidates, options.repeats, jit
    return [partial(ranking.compare_ranking, *arguments)]


def pipeline(options, workload):
    """Steps fed from records on disk against the same batches in memory."""
    return [partial(fed_from_disk, workload, options.num_users, options.repeats)]


def fed_from_disk(workload, num_users, pairs):
    """Yields the input pipeline's `Comparison`."""
    sizes = workload.batch_size, workload.sequence_length
    with tempfile.TemporaryDirectory() as folder:
        world = input_pipeline.write_world(folder, num_users)
        fed, held = input_pipeline.measure(world, *sizes, pairs, _PIPELINE_STEPS)
    yield Comparison("pipeline", "step", "in memory", held, "from disk", fed)


def over_sizes(options, workload):
    """The whole step over every size that has values."""
    jit = None if options.ours_alone else options.faster_jit
    values = {name: getattr(options, f"{name}_values") for name in sweeps.SWEEPS}
    return [
        partial(sweeps.compare_sweep, workload, name, swept, options.repeats, jit)
        for name, swept in values.items()
        if swept
    ]


def memory(options, workload):
    """Peak memory in pairs of processes, one impression a user and eight."""
    plain = "straightforward_jit" if options.faster_jit else "straightforward"
    return [
        partial(peak_memory.compare_memory, shared, options.memory_pairs, plain)
        for shared in _grouped(workload)
    ]


def against_competitors(options, workload):
    """The competitors' steps over the history's length, and their rankings."""
    lengths = options.sequence_length_values
    changed = sweeps.swept(workload, "sequence_length", lengths).values()
    steps = [
        partial(competitors.compare_steps, one, options.repeats) for one in changed
    ]
    arguments = workload, options.candidates, options.repeats
    return [*steps, partial(competitors.compare_rankings, *arguments)]


def _grouped(workload):
    return sweeps.swept(workload, "impressions_a_user", (1, 8)).values()


SECTIONS = {
    "step": step,
    "stages": by_stage,
    "inference": inference,
    "pipeline": pipeline,
    "sweeps": over_sizes,
    "memory": memory,
    "competitors": against_competitors,
}


def read_options():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    add = parser.add_argument
    add("--sections", default=",".join(SECTIONS), help="Which, by commas.")
    add("--repeats", type=int, default=7, help="Rounds of each comparison.")
    add("--memory_pairs", type=int, default=3, help="Pairs of processes.")
    add("--plain_jit", choices=_JIT, default="both", help="Straightforward form.")
    add("--ours_alone", action="store_true", help="Sweeps without the straightforward.")
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


def collect(task):
    """Runs a task, prints its lines and returns them."""
    lines = []
    for line in task():
        lines.append(line)
        print(line.line(), flush=True)
    return lines


def apart(task):
    """`collect` in a process of its own: what XLA compiled is never given back."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        try:
            return pool.submit(collect, task).result()
        except BrokenProcessPool:
            print("  the process was ended, perhaps for its memory", file=sys.stderr)
            return []


def main():
    """Runs the sections, prints and writes as they go."""
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
        for task in SECTIONS[name](options, workload):
            lines += apart(task)
            if options.json:  # each time, for a run that is stopped
                records = [line.record() for line in lines]
                report.write_json(options.json, {**contents, "comparisons": records})
    if options.plot:
        report.plot_costs(options.plot, lines)


if __name__ == "__main__":
    main()
