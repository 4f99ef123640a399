from diffumin_tf.experiments.latex import escape, latex
from diffumin_tf.experiments.marked_table import MarkedTable


def test_table_as_latex_reads_it():
    table = MarkedTable(
        columns=("model", "AUC − a_b", "p"),
        rows=(("a & b", "+.1 [−.2, +.3]", "–"), ("c", ".6 ± .1", "5 %")),
        best=frozenset({(0, 1)}),
        second=frozenset({(1, 1)}),
    )
    lines = latex(table, "100 % of it", "tab:x", ["c − a."]).splitlines()
    assert lines[0] == r"\begin{table*}[t]" and lines[-1] == r"\end{table*}"
    assert lines[2:4] == [r"\caption{100 \% of it}", r"\label{tab:x}"]
    assert lines[4].endswith(r"{!}{\begin{tabular}{lrr}")
    assert lines[5:-1] == [
        r"\toprule",
        r"model & AUC $-$ a\_b & p \\",
        r"\midrule",
        r"a \& b & \textbf{+.1 {[}$-$.2, +.3]} & -- \\",
        r"c & \underline{.6 $\pm$ .1} & 5 \% \\",
        r"\bottomrule",
        r"\end{tabular}}",
        r"\par\smallskip c $-$ a.",
    ]


def test_every_special_character_is_spelt():
    spelt = escape("#$%&_{}~^\\<>")
    assert spelt == (
        r"\#\$\%\&\_\{\}\textasciitilde{}\textasciicircum{}\textbackslash{}"
        r"\textless{}\textgreater{}"
    )
    # What is left is what LaTeX's own fonts have.
    assert escape("T′ of τ = .05, λ × 2 …").isascii()
