import csv
import io

from diffumin_tf.experiments.csv_tables import rows_csv, runs_csv
from diffumin_tf.experiments.measure import Measure
from tests.experiments.small_results import a_row, make_result, over


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_rows_in_full():
    row = a_row(
        "DiffuMIN, c = 4",
        0.73126,
        0.00209,
        group="channels",
        baseline=over("DIN(S)", -0.00714, -0.01004, 2e-05, 0.001953125, -3.216),
        competitor=over("TWIN", 0.25, 0.125, 0.5, None, 1.5),
        gauc=Measure(0.7, None),
        published=0.6841,
        table_parameters=80,
        request_ms=Measure(4.5, 0.5),
    )
    first, second = table(rows_csv([row, a_row("a", 0.5, None)]))
    found = {name: value for name, value in first.items() if value}
    assert found == {
        "model": "DiffuMIN, c = 4",
        "runs": "2",
        "auc": "0.73126",
        "auc_std": "0.00209",
        "rela_impr": "-3.216",
        "difference": "-0.00714",
        "low": "-0.01004",
        "high": "2e-05",
        "p_value": "0.001953125",
        "gauc": "0.7",
        "competitor": "TWIN",
        "competitor_rela_impr": "1.5",
        "competitor_difference": "0.25",
        "competitor_low": "0.125",
        "competitor_high": "0.5",
        "group": "channels",
        "paper_auc": "0.6841",
        "table_parameters": "80",
        "request_ms": "4.5",
        "request_ms_std": "0.5",
    }
    filled = {name: value for name, value in second.items() if value}
    assert filled == {"model": "a", "runs": "2", "auc": "0.5"}
    assert first.keys() == second.keys()


def test_columns_of_before_are_the_first():
    assert rows_csv([a_row("a", 0.5)]).startswith(
        "model,runs,auc,auc_std,rela_impr,difference,low,high,p_value,gauc,gauc_std,"
        "log_loss,log_loss_std,calibration,"
    )


def test_runs_quote_names():
    runs = [
        make_result("DIN, all", 0, 0.5, gauc=None, calibration=1.5, ece=0.25),
        make_result("item popularity", None, 1.0, log_loss=None),
        make_result("b", 1, 0.5, request_ms=2.5, machine="one, two"),
    ]
    assert runs_csv(runs) == (
        "model,seed,auc,gauc,log_loss,calibration,ece,table_parameters,"
        "other_parameters,examples_per_second,request_ms,machine\n"
        '"DIN, all",0,0.5,,0.25,1.5,0.25,,,,,\n'
        "item popularity,,1.0,0.5,,,,,,,,\n"
        'b,1,0.5,0.5,0.25,,,,,,2.5,"one, two"\n'
    )
