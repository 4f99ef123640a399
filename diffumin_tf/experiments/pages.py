"""A comparison as a page of Markdown and as a fragment of LaTeX."""

import textwrap
from pathlib import Path

from diffumin_tf.experiments import statements
from diffumin_tf.experiments.latex import PACKAGES, latex
from diffumin_tf.experiments.markdown import markdown
from diffumin_tf.experiments.tables import cost_table, quality_table

_WIDTH = 88
_FIGURE = "![Test AUC of the models]({name}.png)"
_FIGURE_NOTES = (
    "Dots are mean AUCs, bars their standard deviations over the runs; lines are the "
    "95 % intervals of the table, drawn from the baseline's AUC: one that keeps clear "
    "of the broken line leaves 0 out."
)


def markdown_page(comparison, results, commands):
    """Returns everything there is to say of a comparison.

    Args:
        comparison: The `Comparison`.
        results: Its `Results`.
        commands: The command lines that train the first run of each model.
    """
    rows, costs = results.rows(), cost_table(results.rows())
    parts = [
        f"# {_title(comparison)}",
        _impressions(comparison, results),
        markdown(quality_table(rows, comparison)),
        *statements.findings(rows, comparison),
        statements.measure_notes(comparison),
        _FIGURE.format(name=comparison.name),
        _FIGURE_NOTES,
    ]
    if costs is not None:
        parts += [markdown(costs), statements.cost_notes(results.machines)]
    code = "\n".join(["```bash", *commands, "```"])
    parts += ["The first run of each, alone:", code]
    return "\n\n".join(_wrapped(part) for part in parts) + "\n"


def latex_page(comparison, results):
    """Returns the tables, to be read by a paper with `\\input`."""
    rows, costs = results.rows(), cost_table(results.rows())
    name = f"{comparison.name}-{Path(comparison.run_file).stem}"
    notes = statements.findings(rows, comparison)
    caption = (
        f"{_title(comparison)}. {_impressions(comparison, results)} "
        f"{statements.measure_notes(comparison)}"
    )
    table = quality_table(rows, comparison)
    parts = [f"% {PACKAGES}", latex(table, caption, f"tab:{name}", notes)]
    if costs is not None:
        caption = f"{_title(comparison)}. {statements.cost_notes(results.machines)}"
        parts.append(latex(costs, caption, f"tab:{name}-costs"))
    return "\n\n".join(parts) + "\n"


def _title(comparison):
    return f"{len(comparison.variants)} models on {comparison.run_file}"


def _impressions(comparison, results):
    return (
        f"{results.num_impressions:,} test impressions of {results.num_users:,} users; "
        f"seeds from {comparison.first_seed}."
    )


def _wrapped(part):
    """Prose in lines that a difference of two versions can be read by."""
    if part[0] in "#|`!":
        return part.rstrip("\n")
    return textwrap.fill(part, _WIDTH, break_on_hyphens=False, break_long_words=False)
