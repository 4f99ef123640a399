"""The files that a tuning leaves behind."""

from diffumin_tf.experiments.gin_run import train_command
from diffumin_tf.experiments.number_text import decimals
from diffumin_tf.experiments.trial import best_of
from diffumin_tf.experiments.trial_tables import trials_csv, trials_markdown

BEST = "best.gin"

_NOTES = """\
Best first. Validated on the last {share:g} of the training split, trained on what is
before it; the test split was not read. One run a combination: differences of the size
that a seed makes are no finding.
"""


def write_report(output, tuning, trials):
    """Writes `tuning.csv`, `best.gin` and `tuning.md`, each whole.

    Args:
        output: `RunDirectory` of the tuning.
        tuning: The `Tuning`.
        trials: The `Trial`s so far, at least one.

    Returns:
        The table and the command that trains with the best trial's settings, as text.
    """
    best = best_of(trials)
    command = None
    if best is not None:
        command = train_command(
            [*tuning.files, str(output.path / BEST)], tuning.bindings
        )
        output.write_text(BEST, _best_gin(tuning, trials, best, command))
    output.write_text("tuning.csv", trials_csv(trials))
    table = trials_markdown(trials)
    output.write_text("tuning.md", _page(tuning, trials, table, command))
    return f"{table}\n{command or ''}".rstrip()


def _best_gin(tuning, trials, best, command):
    auc, loss = (decimals(value, 4) for value in (best.auc, best.log_loss))
    header = [
        f"The best of {len(trials)} trials of bin/tune: trial {best.number}.",
        "",
        f"Reached:  validation AUC {auc}, log loss {loss}; see tuning.md.",
        f"Command:  {command}",
    ]
    lines = [f"# {text}".rstrip() for text in header]
    return "\n".join([*lines, "", *tuning.lines(best.point)]) + "\n"


def _page(tuning, trials, table, command):
    files = ", ".join(tuning.files)
    parts = [
        f"# {len(trials)} of {tuning.grid_size} combinations on {files}\n",
        table,
        _NOTES.format(share=tuning.validation_share),
    ]
    failed = [trial for trial in trials if trial.failure]
    parts += [f"Trial {trial.number} failed: {trial.failure}\n" for trial in failed]
    if command:
        block = f"```bash\n{command}\n```"
        parts += ["The best, on the whole training split:\n", block]
    return "\n".join(parts).rstrip() + "\n"
