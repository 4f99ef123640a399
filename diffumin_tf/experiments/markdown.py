"""Tables as Markdown."""


def markdown(table):
    """Returns a `MarkedTable` as Markdown: best bold, second best underlined."""
    rows = table.render(_escape, best=_bold, second=_underlined)
    head = [_escape(text) for text in table.columns]
    rule = "|---" * len(head) + "|"
    return "\n".join([_line(head), rule, *map(_line, rows)]) + "\n"


def _bold(text):
    return f"**{text}**"


def _underlined(text):
    # Markdown has no mark of its own for it.
    return f"<u>{text}</u>"


def _escape(text):
    return text.replace("|", "\\|")


def _line(cells):
    return f"| {' | '.join(cells)} |"
