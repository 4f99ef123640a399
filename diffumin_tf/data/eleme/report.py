"""What a preparation of Ele.me's parts kept, what it left out and why."""

_MAX_SHOWN = 20


def make_report(results, plan):
    """Joins what `write_shard` returned for each part.

    Args:
        results: A list of it.
        plan: `Plan`.

    Returns:
        A dictionary that JSON can hold.
    """
    dropped = _added(result["rows_dropped"] for result in results)
    kept = _added(result["impressions"] for result in results)
    positives = _added(result["positives"] for result in results)
    rows = sum(kept.values())
    return {
        "parts": len(results),
        "damaged": _joined(results, "damages"),
        "rows_read": _sum(results, "rows_read"),
        "rows_dropped": dropped,
        "first_bad_rows": _joined(results, "first_bad_rows")[:_MAX_SHOWN],
        "rows_kept": rows,
        "splits": {
            split: _split(days, kept[split], positives[split])
            for split, days in plan.days.items()
        },
        "behaviours": _sum(results, "behaviours"),
        "rows_without_history": _sum(results, "without_history"),
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


def check_splits(report):
    """Raises where a split is without impressions.

    Raises:
        ValueError: Naming the split, and what is damaged.
    """
    for name, split in report["splits"].items():
        if not split["impressions"]:
            damaged = " ".join(report["damaged"])
            raise ValueError(
                f"each split must have impressions. Received: none for {name!r}, of "
                f"{report['rows_kept']} rows kept. {damaged}".strip()
            )


def _split(days, impressions, positives):
    return {
        "days": f"{days[0]} to {days[-1]}",
        "impressions": impressions,
        "positive": positives,
        "click_rate": positives / max(impressions, 1),
    }


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
