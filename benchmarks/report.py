"""What the benchmark leaves behind: JSON and a plot."""

import json
import os
from pathlib import Path

from benchmarks.spread import Spread

TITLES = {
    "step": "Whole training step",
    "stages": "Stages, forward and backward",
    "floors": "Stages against their floor",
    "inference": "Ranking one user's candidates",
    "pipeline": "Steps fed from disk against batches in memory",
    "sweeps": "Whole step over sizes",
    "memory": "Peak memory of a training step",
    "competitors": "Training steps and rankings of the competitors",
}


def write_json(path, contents):
    """Writes a file whole or not at all."""
    path = Path(path)
    draft = path.with_name(f".{path.name}.tmp")
    draft.write_text(json.dumps(contents, indent=1) + "\n")
    os.replace(draft, path)


def costs_over_length(comparisons):
    """Samples by name and history length, of the lines that vary it."""
    costs = {}
    for line in comparisons:
        label, _, length = line.what.partition(" ")
        if label != "sequence_length":
            continue
        for name, samples in (
            (line.first, line.first_samples),
            (line.second, line.second_samples),
        ):
            name = "DiffuMIN" if name == "ours" else name
            costs.setdefault(name, {})[int(length.replace(",", ""))] = samples
    return costs


def plot_costs(path, comparisons):
    """Draws the step's cost over the history's length, one line a model.

    Args:
        path: File to write; its ending chooses the format.
        comparisons: `Comparison`s; those that do not vary the length are left out.
    """
    import matplotlib  # needed for nothing else

    matplotlib.use("Agg")
    from matplotlib import pyplot

    path = Path(path)
    figure, axes = pyplot.subplots(figsize=(7, 4))
    for name, by_length in costs_over_length(comparisons).items():
        lengths = sorted(by_length)
        spreads = [Spread.of(by_length[length]) for length in lengths]
        medians = [spread.median * 1e3 for spread in spreads]
        below = [(spread.median - spread.low) * 1e3 for spread in spreads]
        above = [(spread.high - spread.median) * 1e3 for spread in spreads]
        axes.errorbar(
            lengths, medians, [below, above], marker="o", capsize=3, label=name
        )
        axes.set_xticks(lengths)
    axes.set(xlabel="history length l", ylabel="ms a training step", ylim=(0, None))
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    figure.tight_layout()
    draft = path.with_name(f".draft-{path.name}")
    figure.savefig(draft)
    os.replace(draft, path)
