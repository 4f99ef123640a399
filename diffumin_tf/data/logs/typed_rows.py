"""SQL text of a log's good rows, with values instead of text."""

from diffumin_tf.data.logs.cleaning import broken_rule
from diffumin_tf.data.logs.row_rules import row_rules
from diffumin_tf.data.logs.sql import identifier, parquet
from diffumin_tf.data.logs.time_units import seconds

NO_LABEL = -1


def typed_rows(path, plan, kinds):
    """SQL text of the good rows; names are internal names.

    Ids are BIGINT or VARCHAR, 0 or `''` where there is none; `time` is in seconds;
    `label` is 0, 1 or `NO_LABEL`.

    Args:
        path: What `read_log` wrote.
        plan: `Plan`.
        kinds: What `find_kinds` returned.
    """
    rules = row_rules(plan, kinds)
    columns = [f"{typed_id(n, kinds[n])} AS {identifier(n)}" for n in kinds]
    columns += [f"{seconds(identifier('time'), plan.time_unit)} AS time"]
    columns += [f"{_label(plan)} AS label"]
    roles = plan.columns.roles()
    if "order" in roles:
        columns.append('CAST("order" AS BIGINT) AS "order"')
    numbers = [name for name in roles if name == "weight" or name.startswith("number/")]
    columns += [f"{identifier(n)}::FLOAT AS {identifier(n)}" for n in numbers]
    return (
        f"SELECT {', '.join(columns)} FROM {parquet(path)} "
        f"WHERE {broken_rule(rules)} IS NULL"
    )


def typed_id(name, kind):
    """SQL text of an id made from text; see `typed_rows`."""
    if is_text(kind):
        return f"COALESCE({identifier(name)}, '')"
    return f"COALESCE(CAST({identifier(name)} AS BIGINT), 0)"


def is_text(kind):
    """Whether a column that `find_kinds` looked at is kept as text."""
    # 0 means no value in the native format, so it cannot be an id of a number.
    return kind["text"] is not None


def no_id(kind):
    """SQL text of the value that stands for no id."""
    return "''" if is_text(kind) else "0"


def _label(plan):
    if plan.columns.label is not None:
        value = "TRY_CAST(label AS DOUBLE)"
    elif plan.columns.rating is not None:
        value = f"(TRY_CAST(rating AS DOUBLE) >= {plan.positive_rating!r}::DOUBLE)"
    else:
        value = "1"
    return f"COALESCE(CAST({value} AS TINYINT), {NO_LABEL})"
