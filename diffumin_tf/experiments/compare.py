"""Trains several models with the same seeds, and says how they differ."""

from diffumin_tf.experiments.csv_tables import rows_csv, runs_csv
from diffumin_tf.experiments.figure import draw
from diffumin_tf.experiments.kept_results import KeptResults
from diffumin_tf.experiments.markdown import markdown
from diffumin_tf.experiments.pages import latex_page, markdown_page
from diffumin_tf.experiments.results import Results
from diffumin_tf.experiments.seed_run import SeedRun
from diffumin_tf.experiments.tables import quality_table
from diffumin_tf.file_lock import hold_lock
from diffumin_tf.training.run_directory import RunDirectory

PLAN = "compare.json"


def compare(comparison, output_dir, results_dir=None):
    """Makes every run whose result is not there yet; writes tables and figures.

    Runs alternate between the models, seed by seed, and the tables are written after
    each, so that an interrupted comparison leaves a balanced one. Called again it
    goes on where it stopped; models and seeds may be added. A run leaves a result of
    some kilobytes, of which the tables are made: where that is, the run's own
    directory is no longer needed.

    Args:
        comparison: The `Comparison`.
        output_dir: Directory of the runs, made if absent: a directory each.
        results_dir: Directory of the results, as many directories with a `result.json`,
            and of the tables and figures: the comparison's name as `.md`, `.csv`,
            `.tex`, `.png` and `.svg`, and `<name>_runs.csv`; made if absent,
            `output_dir` by default.

    Returns:
        The `ResultRow`s, models first.

    Raises:
        FileExistsError: If a directory holds runs or results of another
            configuration.
        BlockingIOError: If another process compares in the same output directory.
    """
    output = RunDirectory(output_dir)
    with hold_lock(output.path / ".lock", "a comparison"):
        results = output if results_dir is None else RunDirectory(results_dir)
        for directory in (output, results):
            directory.remove_unfinished()
        configurations = _configurations(comparison, output)
        runs = [
            SeedRun(comparison, variant, seed, output_dir)
            for seed in comparison.seeds
            for variant in comparison.variants
        ]
        kept = KeptResults(comparison, results.path, configurations)
        _claim((output, results), configurations, kept, runs)
        return _run_all(comparison, results, kept, runs)


def _configurations(comparison, output):
    """The lines in force of each variant, by name.

    Loading all of them first finds a mistake in the last before the first is run.
    """
    # Of any one seed: they differ in nothing else.
    return {
        variant.name: SeedRun(comparison, variant, 0, output.path).load().splitlines()
        for variant in comparison.variants
    }


def _claim(directories, configurations, kept, runs):
    """Refuses configurations other than those of the runs there; notes new ones."""
    plans = {directory.path / PLAN: directory for directory in directories}
    known = {p: d.read_json(PLAN) if p.exists() else {} for p, d in plans.items()}
    for path, plan in known.items():
        _check_plan(path, plan, configurations)
    for run in runs:
        kept.holds(run)  # Raises where it holds another configuration's.
    for path, directory in plans.items():
        directory.write_json(PLAN, known[path] | configurations)


def _check_plan(path, plan, configurations):
    for name, lines in configurations.items():
        if plan.get(name, lines) != lines:
            changed = sorted(set(plan[name]) ^ set(lines))
            raise FileExistsError(
                f"{path} must hold the configuration of the runs there. Received: "
                f"another one of {name}, which differs in {changed[0]!r}; choose "
                "another directory."
            )


def _run_all(comparison, directory, kept, runs):
    results = Results(comparison)
    for number, run in enumerate(runs, start=1):
        print(f"run {number} of {len(runs)}: {run.variant.name}, seed {run.seed}")
        print(run.command, flush=True)
        is_new = not (kept.holds(run) or run.is_finished)
        if is_new:
            run.train()
        _add(results, comparison, kept, run, with_references=number == 1)
        if is_new or number == len(runs):
            _write(directory, comparison, results, runs)
    return results.rows()


def _add(results, comparison, kept, run, with_references):
    # References first: they need the run's scores, which may be gone once its
    # result is there.
    references = comparison.references if with_references else ()
    others = [(r.__name__, kept.of_reference(r, run)) for r in references]
    results.add(kept.of_run(run), run.directory)
    for name, result in others:
        results.add(result, name)


def _write(directory, comparison, results, runs):
    rows = results.rows()
    commands = [run.command for run in runs if run.seed == comparison.first_seed]
    texts = {
        ".csv": rows_csv(rows),
        "_runs.csv": runs_csv(results.runs()),
        ".md": markdown_page(comparison, results, commands),
        ".tex": latex_page(comparison, results),
    }
    for ending, text in texts.items():
        directory.write_text(comparison.name + ending, text)
    for ending, content in draw(rows, comparison).items():
        directory.write_bytes(comparison.name + ending, content)
    print(markdown(quality_table(rows, comparison)), flush=True)
