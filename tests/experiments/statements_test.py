import re

import pytest

from diffumin_tf.experiments import statements
from tests.experiments.small_results import a_comparison, a_row, over


def test_focus_against_the_best_of_the_others():
    row = a_row("mine", 0.7, competitor=over("rival", 0.0053, 0.0031, 0.0075, 0.016))
    (text,) = statements.findings([a_row("rival", 0.69), row], a_comparison("rival"))
    assert text == (
        "mine − rival, the best of the other models by mean AUC: +.0053 [+.0031, "
        "+.0075], RelaImpr +4.00 %, p = .016."
    )


def test_without_pairs_of_seeds_or_a_rival_better_than_chance():
    difference = over("rival", 0.25, 0.125, 0.5, p_value=None, rela_impr=None)
    row = a_row("mine", 0.7, competitor=difference)
    (text,) = statements.findings([row], a_comparison("mine"))
    assert text.endswith("mean AUC: +.2500 [+.1250, +.5000].")


ROWS = [
    a_row("a", 0.7, published=0.61),
    a_row("b", 0.8, published=0.65),
    a_row("c", 0.6, published=0.63),
    a_row("d", 0.9),
]


def test_order_of_the_paper():
    elsewhere = a_comparison("a", published_on="other data")
    (text,) = statements.findings(ROWS, elsewhere)
    # Ranks 2 3 1 and 1 3 2: 1 - 6 * 2 / (3 * 8).
    assert text == (
        "paper †: the AUC that the paper has, on other data: at most the order "
        "compares with ours. Spearman's rank correlation of its AUCs and ours: .50 "
        "over 3 models."
    )
    (text,) = statements.findings(ROWS, a_comparison("a"))
    assert text.startswith("paper: the AUC that the paper has. Spearman's")
    (text,) = statements.findings(ROWS[:2], a_comparison("a"))
    assert text == "paper: the AUC that the paper has."


def test_nothing_to_say():
    assert statements.findings([a_row("a", 0.7)], a_comparison("a")) == []


@pytest.mark.parametrize(
    ("machines", "message"),
    [
        ([], "All times are of one machine, busy"),
        (["X, 2 cores"], r"of one machine \(X, 2 cores\), busy"),
        (["X", "Y"], r"of several machines \(X; Y\), .* one machine alone"),
    ],
)
def test_times_are_of_a_machine(machines, message):
    assert re.search(message, statements.cost_notes(machines))
    assert "500 targets" in statements.cost_notes(machines)


def test_notes_say_how_many_resamples():
    comparison = a_comparison("a", bootstrap_samples=2000)
    assert "drawn anew (2,000 times)" in statements.measure_notes(comparison)
