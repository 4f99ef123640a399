"""First stages: the log's text, the kinds of its ids, its bad rows."""

from diffumin_tf.data.logs.log_files import FILE, PLACE
from diffumin_tf.data.logs.row_rules import row_rules
from diffumin_tf.data.logs.sql import count_rows, identifier, literal, parquet

MAX_SHOWN = 20
# As many digits as int64 surely holds, written in the one usual way.
_WHOLE = "0|-?[1-9][0-9]{0,17}"


def read_log(connection, files, roles, path):
    """Copies the columns of a log, as text, to one Parquet file.

    Args:
        connection: DuckDB's.
        files: `LogFiles`.
        roles: Internal name to column.
        path: The Parquet file.

    Returns:
        Number of rows, `{"rows": n}`.

    Raises:
        ValueError: If there are none.
    """
    files.check_archives()
    texts = files.texts(roles)
    place = f"row_number() OVER () AS {identifier(PLACE)}"
    query = f"SELECT {texts}, {identifier(FILE)}, {place} FROM {files.relation()}"
    connection.execute(f"COPY ({query}) TO {literal(path)} (FORMAT parquet)")
    rows = count_rows(connection, parquet(path))
    if not rows:
        raise ValueError(f"a log must have rows. Received: none in {files.paths}.")
    return {"rows": rows}


def find_kinds(connection, path, names):
    """Tells ids that are whole numbers from those that are text.

    Args:
        connection: DuckDB's.
        path: Parquet file of columns of text.
        names: The columns.

    Returns:
        Name to `{"whole": bool, "text": value or None}`: whether all are whole
        numbers, and one because of which they are kept as text, if any.
    """
    kinds = {}
    for name in names:
        value = identifier(name)
        # The smallest, so that the answer does not depend on threads.
        other = f"min({value}) FILTER (NOT regexp_full_match({value}, '{_WHOLE}'))"
        query = f"SELECT {other}, min({value}) FILTER ({value} = '0')"
        query += f" FROM {parquet(path)}"
        word, zero = connection.execute(query).fetchone()
        kinds[name] = {"whole": word is None, "text": word if word else zero}
    return kinds


def find_bad_rows(connection, path, plan, kinds):
    """Counts the rows that break a rule.

    Args:
        connection: DuckDB's.
        path: What `read_log` wrote.
        plan: `Plan`.
        kinds: What `find_kinds` returned.

    Returns:
        `{"reasons": {reason: rows}, "shown": [...]}`, the first of them in words.

    Raises:
        ValueError: If they are more than the plan's `max_bad_share`; it says which
            is the first.
    """
    rules = row_rules(plan, kinds)
    log = parquet(path)
    counts = connection.execute(
        f"SELECT {broken_rule(rules)} AS rule, count(*) FROM {log} GROUP BY 1"
    ).fetchall()
    counts = dict(sorted(pair for pair in counts if pair[0] is not None))
    rows, bad = count_rows(connection, log), sum(counts.values())
    shown = _shown(connection, log, rules, plan) if bad else []
    if bad > plan.max_bad_share * rows:
        raise ValueError(
            f"{shown[0]} ({bad} of {rows} rows are bad; "
            f"max_bad_share is {plan.max_bad_share:g}.)"
        )
    roles = plan.columns.roles()
    reasons = {f"{roles[rules[r].name]} {rules[r].text}": n for r, n in counts.items()}
    return {"reasons": reasons, "shown": shown}


def broken_rule(rules):
    """SQL text of the number of the first rule that a row breaks, or NULL."""
    cases = " ".join(f"WHEN {rule.broken} THEN {r}" for r, rule in enumerate(rules))
    return f"CASE {cases} END"


def _shown(connection, log, rules, plan):
    """The first bad rows: rule, value, record and file of each."""
    roles, place, file = plan.columns.roles(), identifier(PLACE), identifier(FILE)
    columns = ", ".join(identifier(name) for name in roles)
    query = (
        f"SELECT {broken_rule(rules)} AS rule, {place}, {file}, {columns} FROM {log} "
        f"WHERE rule IS NOT NULL ORDER BY {place} LIMIT {MAX_SHOWN}"
    )
    starts = dict(
        connection.execute(
            f"SELECT {file}, min({place}) FROM {log} GROUP BY 1"
        ).fetchall()
    )
    lines = []
    for rule, number, path, *values in connection.execute(query).fetchall():
        name = rules[rule].name
        value = dict(zip(roles, values, strict=True))[name] or ""
        lines.append(
            f"{roles[name]} {rules[rule].text}. Received: {value!r} in record "
            f"{number - starts[path] + 1} of {path}."
        )
    return lines
