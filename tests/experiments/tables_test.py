from diffumin_tf.experiments.measure import Measure
from diffumin_tf.experiments.tables import cost_table, quality_table
from tests.experiments.small_results import a_comparison, a_row, over

BASE = a_row("base", 0.7, gauc=Measure(0.65, 0.01), log_loss=Measure(0.5, 0.01))
GOOD = a_row(
    "good",
    0.73126,
    0.00209,
    baseline=over("base", 0.03126, 0.01, 0.05),
    gauc=Measure(0.66, 0.01),
    log_loss=Measure(0.4, 0.01),
    calibration=Measure(1.01, 0.02),
    ece=Measure(0.005, 0.001),
)
BAD = a_row(
    "bad",
    0.69,
    baseline=over("base", -0.01, -0.02, 0.0, rela_impr=-5.0, p_value=None),
    log_loss=Measure(0.6, 0.01),
    ece=Measure(0.002, 0.001),
)
RULE = a_row("rule", 0.9, None, runs=1, is_reference=True, gauc=Measure(0.9, None))
COMPARISON = a_comparison("base")
ROWS = [BASE, GOOD, BAD, RULE]


def marked(table, cells):
    """Which cells are marked, as model and head of the column."""
    return {(table.rows[row][0], table.columns[place]) for row, place in cells}


def test_quality_as_it_is_read():
    table = quality_table(ROWS, COMPARISON)
    head = ("model", "runs", "AUC", "RelaImpr", "AUC − base", "p", "GAUC", "log loss")
    assert table.columns == (*head, "calibration", "ECE")
    assert table.rows[1] == (
        "good",
        "2",
        ".7313 ± .0021",
        "+4.00 %",
        "+.0313 [+.0100, +.0500]",
        ".250",
        ".6600 ± .0100",
        ".4000 ± .0100",
        "1.0100 ± .0200",
        ".0050 ± .0010",
    )
    assert table.rows[3] == ("rule", "1", ".9000", *"–––", ".9000", *"–––")


def test_best_and_second_best_of_the_trained_models():
    table = quality_table(ROWS, COMPARISON)
    assert marked(table, table.best) == {
        ("good", "AUC"),
        ("good", "RelaImpr"),
        ("good", "GAUC"),
        ("good", "log loss"),
        ("bad", "ECE"),  # The lowest.
    }
    # The second best AUC is the baseline's, which has no RelaImpr to be marked.
    assert marked(table, table.second) == {
        ("base", "AUC"),
        ("base", "GAUC"),
        ("base", "log loss"),
        ("good", "ECE"),
    }


def test_models_that_read_the_same_are_equally_good():
    rows = [a_row("a", 0.70001), a_row("b", 0.70004), a_row("c", 0.6)]
    table = quality_table(rows, a_comparison("c"))
    assert marked(table, table.best) == {("a", "AUC"), ("b", "AUC")}
    assert marked(table, table.second) == {("c", "AUC")}


def test_column_of_the_paper_if_it_has_a_figure():
    rows = [a_row("a", 0.7, published=0.6841), a_row("b", 0.6)]
    table = quality_table(rows, a_comparison("b"))
    assert table.columns[-1] == "paper"
    assert [cells[-1] for cells in table.rows] == [".6841", "–"]
    elsewhere = a_comparison("b", published_on="other data")
    assert quality_table(rows, elsewhere).columns[-1] == "paper †"


def test_costs_as_they_are_read():
    timed = a_row(
        "timed",
        0.7,
        table_parameters=1_234_567,
        other_parameters=890,
        examples_per_second=Measure(1234.5, 9.6),
        request_ms=Measure(12.345, None),
    )
    table = cost_table([timed, BASE, RULE])
    assert table.columns[1:3] == ("parameters of tables", "other parameters")
    assert table.columns[3:] == ("training examples/s", "ms a request")
    assert table.rows == (
        ("timed", "1,234,567", "890", "1,234 ± 10", "12.3"),
        ("base", *"––––"),
    )
    assert not table.best and not table.second
    assert cost_table(ROWS) is None
