import pytest

from diffumin_tf.experiments.pages import latex_page, markdown_page
from diffumin_tf.experiments.results import Results
from tests.experiments.small_results import a_comparison, make_results


@pytest.fixture
def comparison():
    return a_comparison("base_line", "mine", "rival", focus="mine", first_seed=3)


def results_of(comparison, **changes):
    found = Results(comparison)
    for name, auc in (("base_line", 0.6), ("mine", 0.8), ("rival", 0.7)):
        for run in make_results(name, auc, auc, **changes):
            found.add(run, "somewhere")
    return found


def test_markdown_holds_everything_in_order(comparison):
    results = results_of(comparison, request_ms=2.0, machine="X")
    text = markdown_page(comparison, results, ["bin/train a", "bin/train b"])
    parts = [
        "# 3 models on gin/a_b.gin\n",
        "\n40 test impressions of 8 users; seeds from 3.\n",
        "\n| model | runs | AUC | RelaImpr | AUC − base_line |",
        "\n| mine | 2 | **.8000 ± .0000** |",
        "\nmine − rival, the best of the other models by mean AUC: +.1000",
        "\nAUC, GAUC, log loss, calibration",
        "\n![Test AUC of the models](results.png)\n",
        "\n| model | parameters of tables |",
        "\nParameters: numbers that are trained",
        "\n```bash\nbin/train a\nbin/train b\n```\n",
    ]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    prose = [line for line in text.splitlines() if not line.startswith("|")]
    assert max(map(len, prose)) <= 88


def test_markdown_without_costs_has_one_table(comparison):
    text = markdown_page(comparison, results_of(comparison), [])
    assert text.count("\n|---") == 1 and "Parameters" not in text


def test_latex_has_a_table_for_each(comparison):
    text = latex_page(comparison, results_of(comparison))
    assert text.startswith("% \\usepackage{booktabs,graphicx}\n")
    assert text.count(r"\begin{table*}") == text.count(r"\end{table*}") == 1
    assert r"\label{tab:results-a_b}" in text
    assert r"mine & 2 & \textbf{.8000 $\pm$ .0000}" in text
    assert r"\par\smallskip mine $-$ rival" in text
    timed = latex_page(comparison, results_of(comparison, table_parameters=8))
    assert timed.count(r"\begin{table*}") == 2
    assert r"\label{tab:results-a_b-costs}" in timed
