"""The rows of a part that can be used, and what is wrong with the others."""

from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf

from diffumin_tf.data.eleme.layout import COLUMNS, raw_place

_MAX_SHOWN, _MAX_TEXT = 20, 40
# What float32 surely holds, written in one of the usual ways.
_NUMBER = r"([0-9]{1,30}(\.[0-9]*)?|\.[0-9]+)([eE][+-]?0?[0-9])?"
_AMOUNT = "must be a number that is not negative"
_WHOLE = f"a row must have {len(COLUMNS)} columns"
_TEXT = "a row must be UTF-8 text"
_RULES = (
    ("label", "[01]", "must be 0 or 1"),
    ("user_id", "(?s).+", "must not be empty"),
    ("item_id", "(?s).+", "must not be empty"),
    ("hours", "1?[0-9]|2[0-3]", "must be an hour from 0 to 23"),
    ("avg_price", _NUMBER, _AMOUNT),
    ("total_amt_30", _NUMBER, _AMOUNT),
)


@dataclass
class BadRows:
    """What was wrong with rows that were left out.

    Attributes:
        reasons: What must hold, to the number of rows where it does not.
        shown: The first of them, in words.
    """

    reasons: dict = field(default_factory=dict)
    shown: list = field(default_factory=list)

    @property
    def total(self):
        """How many there are."""
        return sum(self.reasons.values())

    def add(self, reason, received, where):
        """Notes a row.

        Args:
            reason: What must hold.
            received: What there is instead.
            where: Column, line and file.
        """
        self.reasons[reason] = self.reasons.get(reason, 0) + 1
        if len(self.shown) < _MAX_SHOWN:
            self.shown.append(f"{reason}. Received: {received} in {where}.")


def good_rows(lines, bad):
    """The cells of the rows that obey all rules.

    Args:
        lines: `Lines`.
        bad: `BadRows` to add the others to.

    Returns:
        String tensor `[R, 39]`.
    """
    numbered = [
        (number, line.removesuffix(b"\r"))
        for number, line in enumerate(lines.lines, lines.first)
    ]
    numbered = [pair for pair in numbered if _is_row(*pair, lines.where, bad)]
    cells = tf.strings.split(
        tf.constant([line for _, line in numbered], tf.string), ","
    )
    cells = tf.reshape(cells.flat_values, [-1, len(COLUMNS)])
    broken = _broken_rules(cells)
    for place in np.flatnonzero(broken >= 0):
        name, _, rule = _RULES[broken[place]]
        column = raw_place(name)
        received = _shown(cells[place, column].numpy())
        where = f"column {column + 1}, line {numbered[place][0]} of {lines.where}"
        bad.add(f"{name} {rule}", received, where)
    return cells if np.all(broken < 0) else cells[broken < 0]


def _is_row(number, line, where, bad):
    """Whether a line has the right columns and is text."""
    where = f"line {number} of {where}"
    if (columns := line.count(b",") + 1) != len(COLUMNS):
        bad.add(_WHOLE, columns, where)
        return False
    try:
        line.decode()
    except UnicodeDecodeError as error:
        wrong = line[error.start : error.start + _MAX_TEXT]
        column = line.count(b",", 0, error.start) + 1
        bad.add(_TEXT, repr(wrong), f"column {column}, {where}")
        return False
    return True


def _broken_rules(cells):
    """Number of the first rule that each row breaks `[R]`, -1 for none."""
    broken = np.full(len(cells), -1)
    for number, (name, pattern, _) in reversed(list(enumerate(_RULES))):
        values = cells[:, raw_place(name)]
        holds = tf.strings.regex_full_match(values, pattern).numpy()
        broken[~holds] = number
    return broken


def _shown(text):
    text = text.decode()
    return repr(text if len(text) <= _MAX_TEXT else text[:_MAX_TEXT] + "...")
