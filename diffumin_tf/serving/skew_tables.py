"""A report on skew as tables of text."""

from diffumin_tf.data.description_tables import TextTable
from diffumin_tf.serving.impression_search import TARGET, TIME, USER
from diffumin_tf.serving.self_check import TOLERANCE

_NOT_FOUND = {
    USER: "no such user in the data",
    TIME: "no impression of the user at the time",
    TARGET: "another target at the time",
}


def skew_lines(report):
    """Returns the lines that show a `SkewReport`."""
    tables = [_rows(report), _inputs(report), *_scores(report)]
    lines = [line for table in tables for line in (*table.lines(), "")]
    return lines + _first_ones(report)


def _rows(report):
    log = report.log
    rows = [("requests", log.requests)]
    rows += [(f"not compared: {n}", count) for n, count in log.not_compared.items()]
    rows += [("rows logged", report.rows), ("found in the data", report.matched)]
    rows += [(_NOT_FOUND[n], count) for n, count in report.missing.items() if count]
    rows = [(name, f"{count:,}") for name, count in rows]
    return TextTable("Logged requests", ("", "count"), (*rows,))


def _inputs(report):
    rows = [
        (
            name,
            f"{skew.compared:,}",
            f"{skew.differing:,}",
            f"{100 * skew.share:.2f} %",
            _how(skew),
        )
        for name, skew in report.inputs.items()
    ]
    columns = ("input", "compared", "differing", "share", "how (median behaviours)")
    return TextTable("Inputs", columns, (*rows,))


def _how(skew):
    return ", ".join(
        f"{kind} {found['rows']:,} ({found['median_behaviours']:g})"
        for kind, found in skew.how.items()
    )


def _scores(report):
    scores = report.scores
    if not scores.compared:
        return
    rows = (
        ("compared", f"{scores.compared:,}"),
        ("mean difference", f"{scores.mean:.1e}"),
        ("largest difference", f"{scores.largest:.1e}"),
        (f"above {TOLERANCE:g}", f"{scores.differing:,}"),
        ("of these with equal inputs", f"{scores.differing_alone:,}"),
        ("answers by version", _versions(report.log.versions)),
    )
    yield TextTable("Scores", ("", "value"), rows)


def _versions(versions):
    named = {number or "unnamed": count for number, count in versions.items()}
    return ", ".join(f"{name}: {count:,}" for name, count in named.items())


def _first_ones(report):
    """A line for the first row that was not found, and one for each input."""
    lines = []
    if report.first_missing is not None:
        told = ", ".join(f"{name} {v}" for name, v in report.first_missing.items())
        lines.append(f"first not found: {told}")
    for name, skew in report.inputs.items():
        if first := skew.first:
            lines.append(
                f"{name}, user {first['user_key']} at {first['impression_time']}: "
                f"logged {first['logged']}; stored {first['stored']}"
            )
    return lines
