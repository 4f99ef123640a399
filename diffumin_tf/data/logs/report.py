"""What a preparation kept, what it left out and why."""

import numpy as np

from diffumin_tf.data.logs.splits import NAMES

_PERCENTILES = (5, 25, 50, 75, 95, 100)


def make_report(stages, shards, names, kinds, splits):
    """Joins the results of the stages.

    Args:
        stages: Stage to result: `read`, `bad_rows`, `items`, `sort`, `tables`.
        shards: What `ShardWriter.write` returned for each shard.
        names: Internal name to column of the log or of the item table.
        kinds: Internal name to kind, for the columns of ids.
        splits: Name to `(first, end)` in seconds.

    Returns:
        A dictionary that JSON can hold.
    """
    bad, sort = stages["bad_rows"], stages["sort"]
    changing = {names[n]: c for n, c in stages["items"]["changing"].items()}
    tables = stages["tables"]["tables"]
    return {
        "rows_read": stages["read"]["rows"],
        "rows_dropped": {**bad["reasons"], "exact duplicate": sort["duplicates"]},
        "rows_kept": sort["rows"],
        "first_bad_rows": bad["shown"],
        "users": sum(shard["users"] for shard in shards),
        "users_without_impressions_dropped": _sum(shards, "users_dropped"),
        "items": stages["items"]["items"],
        "items_not_in_item_table": stages["items"]["undescribed"],
        "items_with_several_values": changing,
        "behaviours": _sum(shards, "behaviours"),
        "negatives_not_found": _sum(shards, "negatives_not_found"),
        "splits": {s: split_report(s, span, shards) for s, span in splits.items()},
        "history_length_percentiles": length_percentiles(shards),
        "tables": {names[name]: _table(table) for name, table in tables.items()},
        "ids_kept_as_text_because_of": {
            names[n]: kind["text"] for n, kind in kinds.items() if kind["text"]
        },
    }


def to_text(report):
    """The report as lines for a reader."""
    return "\n".join(_lines(report, "")) + "\n"


def _lines(entry, indent):
    for name, value in entry.items():
        title = f"{indent}{name.replace('_', ' ')}"
        if isinstance(value, dict) and value:
            yield f"{title}:"
            yield from _lines(value, indent + "  ")
        elif isinstance(value, list) and value and isinstance(value[0], str):
            yield f"{title}:"
            yield from (f"{indent}  {line}" for line in value)
        elif value or value == 0:
            yield f"{title}: {_shown(value)}"


def _shown(value):
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _sum(shards, name):
    return sum(shard[name] for shard in shards)


def split_report(split, span, shards):
    """What a split holds.

    Args:
        split: Its name.
        span: `(first, end)` in seconds.
        shards: Counts of the shards, with what `add_impressions` added.
    """
    negative, positive = (
        sum(shard["impressions"][f"{split} {what}"] for shard in shards)
        for what in ("negative", "positive")
    )
    return {
        "from_second": str(span[0]),
        "to_second": str(span[1]),
        "impressions": negative + positive,
        "positive": positive,
        "click_rate": positive / max(negative + positive, 1),
    }


def length_percentiles(shards):
    """Percentiles of the behaviours that impressions see, from the same counts."""
    counts = {}
    for shard in shards:
        for length, count in shard["history_lengths"].items():
            counts[int(length)] = counts.get(int(length), 0) + count
    if not counts:
        return {}
    lengths = sorted(counts)
    ends = np.cumsum([counts[length] for length in lengths])
    ranks = np.ceil(np.array(_PERCENTILES) / 100 * ends[-1])
    places = np.searchsorted(ends, ranks)
    found = zip(_PERCENTILES, places, strict=True)
    return {str(percentile): lengths[place] for percentile, place in found}


def _table(table):
    shown = {name: table[name] for name in ("kind", "size", "ids")}
    if table["kind"] == "hashed":
        return {**shown, "load": table["ids"] / table["size"]}
    what = "ids_that_are_new" if table.get("kept") else "ids_of_the_test_alone"
    return {**shown, what: table["ids"] - table["known"]}


def check_splits(splits, rows):
    """Raises where a split is without impressions.

    Args:
        splits: Name to what `split_report` returned.
        rows: How many rows were kept, for the error.

    Raises:
        ValueError: Naming the split.
    """
    for split in NAMES.values():
        if not splits[split]["impressions"]:
            raise ValueError(
                "each split must have impressions. Received: none for "
                f"{split!r}, of {rows} rows kept."
            )
