"""Tables as LaTeX."""

# Rules, and tables that shrink to the width of a page.
PACKAGES = r"\usepackage{booktabs,graphicx}"

# What LaTeX reads as a command, or lacks in its default fonts.
_SPELT = {
    "\\": r"\textbackslash{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "[": "{[}",  # Else an option of the line break before it.
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "±": r"$\pm$",
    "−": "$-$",
    "×": r"$\times$",
    "–": "--",
    "†": r"\dag{}",
    "…": r"\dots{}",
    "′": "$'$",
    "τ": r"$\tau$",
    "λ": r"$\lambda$",
}
_SHRUNK = r"\resizebox{\ifdim\width>\textwidth\textwidth\else\width\fi}{!}"


def latex(table, caption, label, notes=()):
    """Returns a `MarkedTable` as a floating table over both columns of a page.

    Args:
        table: The table; best is bold, second best underlined.
        caption: Its caption, as plain text.
        label: What `\\ref` calls it.
        notes: Lines of plain text below it.
    """
    rows = table.render(escape, best=_bold, second=_underlined)
    aligned = "l" + "r" * (len(table.columns) - 1)
    below = [rf"\par\smallskip {escape(note)}" for note in notes]
    return "\n".join(
        [
            r"\begin{table*}[t]",
            r"\centering\small",
            rf"\caption{{{escape(caption)}}}",
            rf"\label{{{label}}}",
            rf"{_SHRUNK}{{\begin{{tabular}}{{{aligned}}}",
            r"\toprule",
            _row([escape(text) for text in table.columns]),
            r"\midrule",
            *map(_row, rows),
            r"\bottomrule",
            r"\end{tabular}}",
            *below,
            r"\end{table*}",
        ]
    )


def escape(text):
    """Plain text as LaTeX reads it."""
    return "".join(_SPELT.get(character, character) for character in text)


def _bold(text):
    return rf"\textbf{{{text}}}"


def _underlined(text):
    return rf"\underline{{{text}}}"


def _row(cells):
    return " & ".join(cells) + r" \\"
