"""From what a log calls time to whole seconds."""

# Six digits after the point: enough for microseconds told in seconds. The factors
# are decimal, so nothing is rounded in binary.
_NUMBER = "TRY_CAST({} AS DECIMAL(30, 6))"
_SECONDS = {
    "s": f"floor({_NUMBER})",
    "ms": f"floor({_NUMBER} * 0.001)",
    "us": f"floor({_NUMBER} * 0.000001)",
    "hours": f"floor({_NUMBER} * 3600::DECIMAL(4, 0))",
    "iso": "floor(epoch(TRY_CAST({} AS TIMESTAMPTZ)))",
}
TIME_UNITS = tuple(_SECONDS)
# The year 5138: what is later was not told in this unit.
LATEST = 100_000_000_000


def seconds(text, unit):
    """SQL text of the whole seconds, NULL where the text is no time.

    Args:
        text: SQL text of a column of text.
        unit: `"s"`, `"ms"`, `"us"`, `"hours"` (since any moment) or `"iso"` (date
            and time; UTC where no zone stands).
    """
    return f"TRY_CAST({_SECONDS[unit].format(text)} AS BIGINT)"
