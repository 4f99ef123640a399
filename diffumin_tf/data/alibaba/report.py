"""What a preparation kept, what it left out and why."""

from diffumin_tf.data.alibaba import days
from diffumin_tf.data.logs.report import length_percentiles, split_report


def make_report(read, sorted_buckets, tables, shards):
    """Joins the results of the stages.

    Args:
        read: Name of each raw file to what was read of it.
        sorted_buckets: Counts of each bucket.
        tables: What `find_tables` returned.
        shards: Counts of each shard.

    Returns:
        A dictionary that JSON can hold.
    """
    total = {name: sum(b[name] for b in sorted_buckets) for name in sorted_buckets[0]}
    size = sum(shard["bytes"] for shard in shards)
    return {
        "rows_read": {name: result["rows"] for name, result in read.items()},
        "bad_rows_dropped": {
            f"{name}: {reason}": rows
            for name, result in read.items()
            for reason, rows in result["bad"].items()
        },
        "duplicates_dropped": {
            **{n: r["duplicates"] for n, r in read.items() if "duplicates" in r},
            "behavior_log": total["duplicates"],
        },
        "impressions_dropped": {
            "outside of 6 to 13 May": total["outside_days"],
            "without profile or ad": total["undescribed"],
        },
        "impressions_kept": total["impressions"],
        "impressions_kept_without_profile": total["no_profile"],
        "impressions_kept_without_ad": total["no_ad"],
        "behaviours_dropped": {
            "outside of 22 April to 13 May": total["behaviours_outside_days"],
            "of users without impressions": total["no_impression"],
            "not earlier than the last impression": total["later"],
            "not among the last of any impression": sum(s["unseen"] for s in shards),
        },
        "behaviours_kept": sum(shard["behaviours"] for shard in shards),
        "users": sum(shard["users"] for shard in shards),
        "splits": {s: split_report(s, span, shards) for s, span in days.SPLITS.items()},
        "history_length_percentiles": length_percentiles(shards),
        "tables": {name: _table(table) for name, table in tables["tables"].items()},
        "bytes": size,
        "bytes_an_impression": size / max(total["impressions"], 1),
    }


def _table(table):
    kept = {name: table[name] for name in ("kind", "size", "ids")}
    return {**kept, "ids_that_are_unknown": table["ids"] - table["known"]}
