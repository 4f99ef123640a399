"""Trains several models with the same seeds, and says how they differ."""

from diffumin_tf import config
from diffumin_tf.experiments import tables
from diffumin_tf.experiments.results import Results
from diffumin_tf.experiments.seed_run import SPLIT, SeedRun
from diffumin_tf.file_lock import hold_lock
from diffumin_tf.training.recipe import Recipe
from diffumin_tf.training.run_directory import RunDirectory

PLAN = "compare.json"

_NOTES = """\
AUC, GAUC and log loss: mean ± sample standard deviation over the runs. RelaImpr: how
much further from chance the mean AUC is than the baseline's. In brackets: the 95 %
interval of the difference when the test users are drawn anew ({samples:,} times),
the runs held fixed. p: two-sided, by flipping the signs of the differences seed by
seed.
"""


def compare(comparison, output_dir):
    """Makes every run that is not finished yet, and writes the tables.

    Runs alternate between the models, seed by seed, and the tables are written after
    each, so that an interrupted comparison leaves a balanced one. Called again it
    goes on where it stopped; models and seeds may be added.

    Args:
        comparison: The `Comparison`.
        output_dir: Directory of the comparison, made if absent: a directory a run,
            `results.md`, `results.csv` and `runs.csv`.

    Returns:
        The `ResultRow`s, models first.

    Raises:
        FileExistsError: If the directory holds runs of another configuration.
        BlockingIOError: If another process compares in the same directory.
    """
    directory = RunDirectory(output_dir)
    with hold_lock(directory.path / ".lock", "a comparison"):
        directory.remove_unfinished()
        runs = [
            SeedRun(comparison, variant, seed, output_dir)
            for seed in comparison.seeds
            for variant in comparison.variants
        ]
        _claim(directory, comparison)
        return _run_all(comparison, directory, runs)


def _claim(directory, comparison):
    """Refuses configurations other than those of the runs there; notes new ones.

    Loading all of them first finds a mistake in the last before the first is run.
    """
    known = {}
    if (directory.path / PLAN).exists():
        known = directory.read_json(PLAN)
    for variant in comparison.variants:
        # Of any one seed: they differ in nothing else.
        lines = SeedRun(comparison, variant, 0, directory.path).load().splitlines()
        if known.setdefault(variant.name, lines) != lines:
            changed = sorted(set(known[variant.name]) ^ set(lines))
            raise FileExistsError(
                f"{directory.path / PLAN} must hold the configuration of the runs "
                f"there. Received: another one of {variant.name}, which differs in "
                f"{changed[0]!r}; choose another output directory."
            )
    directory.write_json(PLAN, known)


def _run_all(comparison, directory, runs):
    results = Results(
        comparison.baseline, comparison.bootstrap_samples, comparison.bootstrap_seed
    )
    for number, run in enumerate(runs, start=1):
        print(f"run {number} of {len(runs)}: {run.variant.name}, seed {run.seed}")
        print(run.command, flush=True)
        is_new = not run.is_finished
        if is_new:
            run.train()
        results.add_run(run.variant.name, run.seed, run.scores(), run.directory)
        if number == 1:
            _add_references(results, comparison, run)
        if is_new or number == len(runs):
            _write(directory, comparison, results, runs)
    return results.rows()


def _add_references(results, comparison, run):
    if not comparison.references:
        return
    run.load()
    source = config.call(Recipe).data.source
    for reference in comparison.references:
        name = reference.__name__.replace("_", " ")
        results.add_reference(name, reference(source, SPLIT))


def _write(directory, comparison, results, runs):
    rows = results.rows()
    directory.write_text("results.csv", tables.rows_csv(rows))
    directory.write_text("runs.csv", tables.runs_csv(results.runs()))
    table = tables.markdown(rows, comparison.baseline)
    text = _page(comparison, results, table, runs)
    directory.write_text("results.md", text)
    print(table, flush=True)


def _page(comparison, results, table, runs):
    names = ", ".join(variant.name for variant in comparison.variants)
    commands = [run.command for run in runs if run.seed == comparison.first_seed]
    return "\n".join(
        [
            f"# {names} on {comparison.run_file}\n",
            f"{results.num_impressions:,} test impressions of {results.num_users:,} "
            f"users; seeds from {comparison.first_seed}.\n",
            table,
            _NOTES.format(samples=comparison.bootstrap_samples),
            "The first run of each, alone:\n",
            "```bash",
            *commands,
            "```\n",
        ]
    )
