"""What each field of a row must be."""

from dataclasses import dataclass

from diffumin_tf.data.logs.sql import identifier
from diffumin_tf.data.logs.time_units import LATEST, seconds


@dataclass(frozen=True)
class RowRule:
    """One way in which a row can be wrong.

    Attributes:
        name: The field's internal name.
        broken: SQL text that is true where it is.
        text: What must hold.
    """

    name: str
    broken: str
    text: str


def row_rules(plan, kinds):
    """The rules of a log, in the order in which they are tried.

    Args:
        plan: `Plan`.
        kinds: What `find_kinds` returned.
    """
    rules = []
    for name in plan.columns.roles():
        value = identifier(name)
        if name in ("user", "item", "time", "order", "weight") or "number/" in name:
            rules.append(RowRule(name, f"{value} IS NULL", "must not be empty"))
        if name in kinds and kinds[name]["whole"]:
            broken = f"starts_with({value}, '-')"
            rules.append(RowRule(name, broken, "must not be a negative id"))
        rules += _value_rules(name, value, plan.time_unit)
    return rules


def _value_rules(name, value, unit):
    number, small = (f"TRY_CAST({value} AS {kind})" for kind in ("DOUBLE", "FLOAT"))
    if name == "time":
        time = seconds(value, unit)
        valid = f"{time} BETWEEN 0 AND {LATEST}"
        text = f"must be a time in {unit!r} from 1970 to the year 5138"
        if unit == "hours":
            text = "must be a time in 'hours', not negative"
    elif name == "order":
        valid = f"regexp_full_match({value}, '-?[0-9]{{1,18}}')"
        text = "must be a whole number"
    elif name == "label":
        valid, text = f"{number} IN (0, 1)", "must be 0 or 1, or empty"
    elif name == "rating":
        valid, text = f"isfinite({number})", "must be a number, or empty"
    elif name == "weight":
        valid = f"isfinite({small}) AND {small} >= 0"
        text = "must be a number that is not negative"
    elif name.startswith("number/"):
        valid, text = f"isfinite({small})", "must be a number"
    else:
        return []
    # NULL, where a cast fails, is not valid either.
    broken = f"{value} IS NOT NULL AND NOT COALESCE({valid}, false)"
    return [RowRule(name, broken, text)]
