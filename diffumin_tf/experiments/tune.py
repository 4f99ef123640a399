"""Tries settings on a validation split, and says which were best."""

from diffumin_tf import config
from diffumin_tf.experiments.search import Search
from diffumin_tf.experiments.trial import best_of
from diffumin_tf.experiments.trial_run import TrialRun, find_source
from diffumin_tf.experiments.tuning_report import write_report
from diffumin_tf.file_lock import hold_lock
from diffumin_tf.metric_inputs import NaNScoreError
from diffumin_tf.training.recipe import Recipe
from diffumin_tf.training.run_directory import RunDirectory

PLAN = "tune.json"
STUDY = "study.db"


def tune(tuning, output_dir):
    """Makes every trial that has no result yet, and writes what is best so far.

    Called again it goes on where it stopped, inside the trial that was killed;
    `num_trials` may grow. The test split is never read: the trials' data have none.
    A trial that diverges or does not fit into memory is noted as failed.

    Args:
        tuning: The `Tuning`.
        output_dir: Directory of `tuning.md`, `tuning.csv`, `best.gin` and the Optuna
            study, made if absent. A trial's own directory is removed when it ends.

    Returns:
        The `Trial`s, in the order in which they were made.

    Raises:
        ValueError: If a setting or the data are wrong, or all trials failed.
        FileExistsError: If the directory holds another tuning.
        BlockingIOError: If another process tunes in the same directory.
    """
    output = RunDirectory(output_dir)
    with hold_lock(output.path / ".lock", "a tuning"):
        output.remove_unfinished()
        source = find_source(tuning)
        _claim(output, _plan(tuning, output, source))
        space = {choice.label: choice.texts for choice in tuning.space}
        search = Search(space, tuning.budget, tuning.seed, output.path / STUDY)
        for trial in search.trials():
            _run(tuning, output, source, trial.number, trial.point).remove()
        return _run_all(tuning, output, source, search)


def _run(tuning, output, source, number, point):
    return TrialRun(tuning, number, tuning.lines(point), output.path, source)


def _plan(tuning, output, source):
    """What a tuning is, for `PLAN`; raises where a part of it cannot run.

    A name that nothing reads, or a value that the model refuses, is found here, not
    after hours.
    """
    for choice in tuning.space:
        for text in choice.texts:
            TrialRun(tuning, 0, choice.lines(text), output.path, source).load()
            config.call(Recipe).new_model()
    configuration = TrialRun(tuning, 0, [], output.path, source).load()
    config.call(Recipe).data.source.check_classes()
    return {
        "configuration": configuration.splitlines(),
        "space": {choice.label: list(choice.texts) for choice in tuning.space},
        "seed": tuning.seed,
    }


def _claim(output, plan):
    """Refuses a directory of another tuning; notes a new one."""
    path = output.path / PLAN
    known = output.read_json(PLAN) if path.exists() else plan
    for name, value in plan.items():
        if known.get(name) != value:
            raise FileExistsError(
                f"{path} must hold the tuning that is continued. Received: another "
                f"{name}, {_first_change(known.get(name), value)}; choose another "
                "directory."
            )
    output.write_json(PLAN, plan)


def _first_change(known, value):
    if isinstance(value, list):
        return f"which differs in {sorted(set(known) ^ set(value))[0]!r}"
    return f"{value} instead of {known}"


def _run_all(tuning, output, source, search):
    while (following := search.next()) is not None:
        number, point = following
        run = _run(tuning, output, source, number, point)
        shown = ", ".join(tuning.lines(point))
        print(f"trial {number} of {tuning.budget}: {shown}")
        print(run.command, flush=True)
        _try(run, search)
        run.remove()
        write_report(output, tuning, search.trials())
    trials = search.trials()
    # Again where there was nothing to do: a kill may have come before the files.
    print(write_report(output, tuning, trials), flush=True)
    if best_of(trials) is None:
        raise ValueError(
            "a tuning must have a trial that succeeds. Received: "
            f"{len(trials)} that failed, the last because: {trials[-1].failure}"
        )
    return trials


def _try(run, search):
    try:
        if not run.is_finished:
            run.train()
        search.finish(run.metrics())
    except (NaNScoreError, MemoryError) as error:
        # The further lines are gin's, of where it was called.
        reason = str(error).splitlines()[0]
        print(f"failed: {reason}", flush=True)
        search.fail(reason)
