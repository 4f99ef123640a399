"""What is said in words of a comparison's rows, beside the tables."""

from diffumin_tf.experiments.marked_table import NONE
from diffumin_tf.experiments.number_text import decimals, interval, p_value, percent
from diffumin_tf.experiments.rank_correlation import rank_correlation
from diffumin_tf.experiments.request_time import NUM_CANDIDATES
from diffumin_tf.experiments.tables import paper_head

_MEASURES = (
    "AUC, GAUC, log loss, calibration (predicted over observed clicks) and ECE "
    "(expected calibration error, 20 bins of equal count): mean ± sample standard "
    "deviation over the runs. Of the trained models the best is bold and the second "
    "best underlined, by the digits shown. RelaImpr: how much further from chance the "
    "mean AUC is than the baseline's. In brackets: the 95 % interval of the difference "
    "when the test users are drawn anew ({samples:,} times), the runs held fixed. p: "
    "two-sided, by flipping the signs of the differences seed by seed."
)
_COSTS = (
    "Parameters: numbers that are trained, those of the embedding table and of tables "
    "beside it apart. Training examples/s: of the last epoch, its first step left out. "
    f"A request: one user's history with {NUM_CANDIDATES} targets of the test split, "
    "ids to click probabilities, uncompiled, in batches no larger than those of "
    "training; the median of several. {times}"
)


def measure_notes(comparison):
    """What the columns of the quality table mean."""
    return _MEASURES.format(samples=comparison.bootstrap_samples)


def cost_notes(machines):
    """What the columns of the cost table mean, and of what machines the times are."""
    if len(machines) > 1:
        return _COSTS.format(
            times=f"The times are of several machines ({'; '.join(machines)}), each "
            "busy with whatever else ran on it: compare those of one machine alone."
        )
    where = f" ({machines[0]})" if machines else ""
    return _COSTS.format(
        times=f"All times are of one machine{where}, busy with whatever else ran on "
        "it, and compare with those of no other."
    )


def findings(rows, comparison):
    """Sentences on the focus and on the paper's order, as far as there are any."""
    found = [_over_competitor(row) for row in rows if row.competitor is not None]
    return found + _paper_order(rows, comparison)


def _over_competitor(row):
    difference = row.competitor
    text = (
        f"{row.model} − {difference.other}, the best of the other models by mean AUC: "
        f"{interval(difference)}"
    )
    if difference.rela_impr is not None:
        text += f", RelaImpr {percent(difference.rela_impr)}"
    p = p_value(difference)
    return text + ("." if p == NONE else f", p = {p}.")


def _paper_order(rows, comparison):
    pairs = [(row.auc.mean, row.published) for row in rows if row.published is not None]
    if not pairs:
        return []
    text = f"{paper_head(comparison)}: the AUC that the paper has"
    if comparison.published_on:
        text += f", on {comparison.published_on}: at most the order compares with ours"
    correlation = rank_correlation(*zip(*pairs, strict=True))
    if correlation is None:
        return [f"{text}."]
    return [
        f"{text}. Spearman's rank correlation of its AUCs and ours: "
        f"{decimals(correlation, 2)} over {len(pairs)} models."
    ]
