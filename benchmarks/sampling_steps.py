"""What fewer sampling steps cost in AUC, and what they save.

    python benchmarks/sampling_steps.py --runs=compare/diffumin [--seeds=10]

RUNS holds the runs of one model, `seed-*`, as bin/compare leaves them; their data are
found as bin/evaluate finds them. The runs' newest weights, as they are, score the test
split with other numbers of steps T' and the other sampler. One way draws the noise anew
and changes nothing else: what chance alone moves.

Printed after each run, for all so far: the AUC of each way and its difference, seed by
seed, from ddpm with 20 steps and from what the runs were trained with; how fast it is,
on batches held in memory on which all ways take turns; the noise that the chain can
undo; and the cosine of r* with r and with the noised r that the chain starts from.
"""

import argparse
import os
import re
import sys
import time
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from keras import ops  # noqa: E402

from diffumin_tf import config  # noqa: E402
from diffumin_tf.experiments.seed_statistics import (  # noqa: E402
    mean_and_deviation,
    sign_flip_p_value,
)
from diffumin_tf.metrics import auc  # noqa: E402
from diffumin_tf.training.checkpoints import restore_model  # noqa: E402
from diffumin_tf.training.recipe import Recipe  # noqa: E402
from diffumin_tf.training.run_directory import CONFIG, RunDirectory  # noqa: E402

_COSINE_BATCHES = 10
_NONE = "–"


class Sampling(NamedTuple):
    """A way to sample r*; `noise_seed` None leaves the run's own."""

    sampler: str
    steps: int
    noise_seed: int | None = None

    def __str__(self):
        redrawn = "" if self.noise_seed is None else ", other noise"
        return f"{self.sampler} {self.steps}{redrawn}"

    def bindings(self):
        """The lines of gin that ask for it."""
        lines = [
            f"DiffusionGenerator.sampler = '{self.sampler}'",
            f"DiffusionGenerator.num_sampling_steps = {self.steps}",
        ]
        if self.noise_seed is not None:
            lines.append(f"DiffusionGenerator.seed = {self.noise_seed}")
        return lines


REFERENCE = Sampling("ddpm", 20)
_OTHERS = (
    *(Sampling("ddpm", steps) for steps in (10, 5, 1)),
    *(Sampling("ddim", steps) for steps in (20, 10, 5)),
    Sampling("ddpm", 20, noise_seed=1),
)


def find_runs(folder, most):
    """Run directories by seed, of one configuration.

    Raises:
        ValueError: if there is none, or they differ in more than the seed.
    """
    by_seed = {int(path.name[5:]): path for path in Path(folder).glob("seed-*")}
    found = [by_seed[seed] for seed in sorted(by_seed)][:most]
    if not found:
        raise ValueError(f"runs must hold runs named seed-*. Received: {folder}.")
    texts = [(path / CONFIG).read_text(encoding="utf-8") for path in found]
    if len({re.sub(r"(?m)^SEED = \d+$", "", text) for text in texts}) > 1:
        raise ValueError(
            "runs must differ in SEED alone. Received: config.gin that differ in more, "
            f"below {folder}."
        )
    return found


def build_model(run, sampling=None):
    """The recipe and model of a run, with another way to sample if one is given."""
    config.load([str(run / CONFIG)], sampling.bindings() if sampling else ())
    recipe = config.call(Recipe)
    return recipe, recipe.build_model()


def read_split(dataset):
    """All batches, all labels and what a batch is."""
    pairs = [(features, label.numpy()) for features, label, *_ in dataset]
    batches, labels = zip(*pairs, strict=True)
    return batches, np.concatenate(labels), dataset.element_spec[0]


def make_scorer(model, spec):
    """Click probabilities of a batch, computed as `evaluate` does."""
    return tf.function(
        lambda inputs: model.predict_step((inputs,)), input_signature=[spec]
    )


def make_cosines(model, spec):
    """Mean cosines of r* with r and with the chain's start, of a batch."""

    def cosines(inputs):
        seen = model(inputs, return_intermediates=True)
        clean, result = seen["normalized_interests"], seen["augmented_interests"]
        start = model.generator.add_noise_step(clean, seen["noise"])
        filled = ops.any(clean != 0, axis=-1)  # An empty channel has no direction.
        each = [
            ops.sum(ops.normalize(result) * ops.normalize(other), axis=-1)
            for other in (clean, start)
        ]
        return [tf.reduce_mean(tf.boolean_mask(cosine, filled)) for cosine in each]

    return tf.function(cosines, input_signature=[spec])


def undone(generator):
    """The most noise, as a standard deviation, that the chain can take away.

    That is what the factors of the network's output add up to over the steps.
    """
    state = ops.zeros(1)
    for step in range(generator.num_sampling_steps, 0, -1):
        state, _ = generator.denoise_step(state, step, ops.ones(1), ops.zeros(1))
    return -float(state[0])


def score(scorers, batches):
    """Scores the batches in every way, in turn.

    Returns:
        Scores `[ways, N]` and seconds `[ways]`.
    """
    scores, seconds = [[] for _ in scorers], np.zeros(len(scorers))
    for count, batch in enumerate(batches):
        for place in range(len(scorers)):
            # Another begins each time, lest one always finds the caches cold.
            way = (place + count) % len(scorers)
            start = time.perf_counter()
            scores[way].append(np.asarray(scorers[way](batch)))
            seconds[way] += time.perf_counter() - start
    return np.stack([np.concatenate(parts) for parts in scores]), seconds


def t_test_p_value(differences):
    """Two-sided p-value of a paired t-test; None of a single pair."""
    differences = np.asarray(differences, np.float64)
    freedom = len(differences) - 1
    if not freedom:
        return None
    mean, deviation = mean_and_deviation(differences)
    # Student's two tails: the incomplete beta function of ν / (ν + t²), here times s².
    spread = freedom * deviation**2
    rest = spread / (spread + len(differences) * mean**2)
    return float(tf.math.betainc(*np.array([freedom / 2, 0.5, rest])))


def measure(run, models, scorers, cosines, batches, labels):
    """AUC `[ways]`, seconds `[ways]` and cosines `[ways, 2]` of a run's weights."""
    for model, scorer in zip(models, scorers, strict=True):
        restore_model(RunDirectory(run), model)
        scorer(batches[0])  # The first call traces.
    scores, seconds = score(scorers, batches)
    few = batches[:_COSINE_BATCHES]
    close = [np.mean([each(batch) for batch in few], axis=0) for each in cosines]
    return [auc(labels, each) for each in scores], seconds, close


def table(ways, taken, references, num_examples, aucs, seconds, cosines):
    """A Markdown table; `aucs` and `seconds` `[seeds, ways]`, `cosines` one more."""
    head = ["way", "AUC"]
    for reference in references:
        head += [f"AUC − {reference}", "p (t)", "p (signs)"]
    head += ["examples/s", "speed", "undone", "cos(r*, r)", "cos(r*, start)"]
    lines = [head, ["---"] * len(head)]
    speeds = seconds[:, :1] / seconds
    for place, way in enumerate(ways):
        cells = [str(way), _spread(aucs[:, place], 4, "")]
        for reference in references:
            cells += _difference(aucs[:, place] - aucs[:, ways.index(reference)])
        cells.append(f"{num_examples / np.median(seconds[:, place]):.0f}")
        low, middle, high = np.quantile(speeds[:, place], [0, 0.5, 1])
        cells += [f"{middle:.2f} ({low:.2f}-{high:.2f})", f"{taken[place]:.3f}"]
        cells += [f"{value:.3f}" for value in cosines[:, place].mean(axis=0)]
        lines.append(cells)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _difference(values):
    if not values.any():
        return [_NONE] * 3
    p_value = t_test_p_value(values)
    shown = _NONE if p_value is None else f"{p_value:.2g}"
    return [_spread(values, 5, "+"), shown, f"{sign_flip_p_value(values):.3f}"]


def _spread(values, places, sign):
    mean, deviation = mean_and_deviation(values)
    spread = "" if deviation is None else f" ± {deviation:.{places}f}"
    return f"{mean:{sign}.{places}f}{spread}"


def read_options():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=Path, required=True, help="Holds seed-*.")
    parser.add_argument("--seeds", type=int, default=10, help="Most runs to score.")
    return parser.parse_args()


def main():
    """Scores every run in every way and prints the table after each."""
    options = read_options()
    tf.get_logger().setLevel("ERROR")  # A scorer a way is meant; it warns of retracing.
    config.register_all()
    runs = find_runs(options.runs, options.seeds)
    recipe, model = build_model(runs[0])
    trained = Sampling(model.generator.sampler, model.generator.num_sampling_steps)
    ways = list(dict.fromkeys([REFERENCE, trained, *_OTHERS]))
    references = list(dict.fromkeys([REFERENCE, trained]))
    models = [build_model(runs[0], way)[1] for way in ways]
    batches, labels, spec = read_split(recipe.data.split("test", model.reads_time))
    taken = [undone(each.generator) for each in models]
    scorers = [make_scorer(each, spec) for each in models]
    cosines = [make_cosines(each, spec) for each in models]
    found = []
    for run in runs:
        found.append(measure(run, models, scorers, cosines, batches, labels))
        print(run.name, *(f"{value:.6f}" for value in found[-1][0]))
        columns = [np.array(column) for column in zip(*found, strict=True)]
        print(f"{len(found)} runs trained with {trained}, {len(labels)} impressions")
        print(table(ways, taken, references, len(labels), *columns), flush=True)


if __name__ == "__main__":
    main()
