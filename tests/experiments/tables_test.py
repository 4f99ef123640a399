from diffumin_tf.experiments.result_row import ResultRow
from diffumin_tf.experiments.tables import markdown, rows_csv, runs_csv

NOTHING = dict.fromkeys(ResultRow.__dataclass_fields__)
ROWS = [
    ResultRow(
        model="DiffuMIN",
        runs=10,
        auc=0.73126,
        auc_std=0.00209,
        rela_impr=-3.216,
        difference=-0.00714,
        low=-0.01004,
        high=0.00002,
        p_value=0.001953125,
        gauc=0.7,
        gauc_std=0.01,
        log_loss=1.01,
        log_loss_std=0.0,
    ),
    ResultRow(**{**NOTHING, "model": "item popularity", "runs": 1, "auc": 0.5}),
]


def test_markdown_as_it_is_read():
    assert markdown(ROWS, "DIN(S)") == (
        "| model | runs | AUC | RelaImpr | AUC − DIN(S) | p | GAUC | log loss |\n"
        "|---|---|---|---|---|---|---|---|\n"
        "| DiffuMIN | 10 | .7313 ± .0021 | −3.22 % | −.0071 [−.0100, +.0000] | .002 "
        "| .7000 ± .0100 | 1.0100 ± .0000 |\n"
        "| item popularity | 1 | .5000 | – | – | – | – | – |\n"
    )


def test_csv_in_full():
    assert rows_csv(ROWS).splitlines() == [
        "model,runs,auc,auc_std,rela_impr,difference,low,high,p_value,gauc,gauc_std,"
        "log_loss,log_loss_std",
        "DiffuMIN,10,0.73126,0.00209,-3.216,-0.00714,-0.01004,2e-05,0.001953125,0.7,"
        "0.01,1.01,0.0",
        "item popularity,1,0.5,,,,,,,,,,",
    ]


def test_csv_of_runs_quotes_names():
    runs = [("DIN, all", 0, 0.5, None, 0.25), ("item popularity", None, 1.0, 1.0, None)]
    assert runs_csv(runs) == (
        "model,seed,auc,gauc,log_loss\n"
        '"DIN, all",0,0.5,,0.25\n'
        "item popularity,,1.0,1.0,\n"
    )
