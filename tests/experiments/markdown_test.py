from diffumin_tf.experiments.markdown import markdown
from diffumin_tf.experiments.marked_table import MarkedTable


def test_marks_and_rules():
    table = MarkedTable(
        columns=("model", "AUC"),
        rows=(("a|b", ".7 ± .1"), ("c", ".6"), ("d", "–")),
        best=frozenset({(0, 1)}),
        second=frozenset({(1, 1)}),
    )
    assert markdown(table) == (
        "| model | AUC |\n"
        "|---|---|\n"
        "| a\\|b | **.7 ± .1** |\n"
        "| c | <u>.6</u> |\n"
        "| d | – |\n"
    )
