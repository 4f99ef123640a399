"""What a preparation of Ele.me's parts kept, what it left out and why."""

from diffumin_tf.data.logs.report import length_percentiles, split_report

_MAX_SHOWN = 20


def make_report(results, splits):
    """Joins what `write_shard` returned for each part.

    Args:
        results: A list of it.
        splits: Name to `(start, end)` in seconds.

    Returns:
        A dictionary that JSON can hold.
    """
    dropped = _added(result["rows_dropped"] for result in results)
    rows = sum(_added(result["impressions"] for result in results).values())
    return {
        "parts": len(results),
        "damaged": _joined(results, "damages"),
        "rows_read": _sum(results, "rows_read"),
        "rows_dropped": dropped,
        "first_bad_rows": _joined(results, "first_bad_rows")[:_MAX_SHOWN],
        "rows_kept": rows,
        "splits": {s: split_report(s, span, results) for s, span in splits.items()},
        "behaviours": _sum(results, "behaviours"),
        "history_length_percentiles": length_percentiles(results),
        "lists_whose_timediff_rises": _sum(results, "rising"),
        "lists_whose_timediff_falls": _sum(results, "falling"),
        "bytes_an_impression": _sum(results, "bytes") / max(rows, 1),
    }


def check_share(results, max_bad_share, least_rows=1):
    """Raises where too many rows are bad.

    Args:
        results: What `write_shard` returned for each part so far.
        max_bad_share: Share that may be.
        least_rows: Of fewer rows nothing is said.

    Raises:
        ValueError: With the first of them.
    """
    rows = _sum(results, "rows_read")
    bad = sum(_added(result["rows_dropped"] for result in results).values())
    if rows >= least_rows and bad > max_bad_share * rows:
        raise ValueError(
            f"{_joined(results, 'first_bad_rows')[0]} ({bad} of {rows} rows are bad; "
            f"max_bad_share is {max_bad_share:g}.)"
        )


def _sum(results, name):
    return sum(result[name] for result in results)


def _joined(results, name):
    return [line for result in results for line in result[name]]


def _added(dictionaries):
    total = {}
    for entries in dictionaries:
        for name, count in entries.items():
            total[name] = total.get(name, 0) + count
    return total
