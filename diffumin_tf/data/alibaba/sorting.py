"""The rows of a bucket's users: sorted, each once, and only what may be seen."""

from diffumin_tf.data.alibaba import days
from diffumin_tf.data.alibaba.reading import bucket_rows
from diffumin_tf.data.logs.sql import count_rows, literal, parquet

_IMPRESSION_COUNTS = (
    "impressions",
    "outside_days",
    "undescribed",
    "no_profile",
    "no_ad",
)
_BEHAVIOUR_COUNTS = ("duplicates", "behaviours_outside_days", "no_impression", "later")
_OF_AD = ("cate", "campaign", "customer", "brand", "price")
_IMPRESSION_ORDER = '"user", time, adgroup, pid, clk'
_BEHAVIOUR_ORDER = '"user", time, cate, brand, btag'


def sort_impressions(connection, directory, bucket, profiles, described_only, path):
    """Writes the impressions of a bucket, sorted by user and time.

    Args:
        connection: DuckDB's.
        directory: Where `read_file` wrote `raw_sample`, with the columns of the ads.
        bucket: Its number.
        profiles: Parquet file of the profiles.
        described_only: Whether those without a profile of the user, or whose ad is
            not described, are left out.
        path: The Parquet file to write.

    Returns:
        Counts: `impressions`, of which `no_profile` and `no_ad` lack either; left out
        are `outside_days` and `undescribed`.
    """
    rows = bucket_rows(directory, bucket)
    inside = f"time >= {days.FIRST_IMPRESSION} AND time < {days.END}"
    kept = "inside AND has_profile AND has_ad" if described_only else "inside"
    known = f'(SELECT "user", true AS known FROM {parquet(profiles)})'
    rows = (
        "(SELECT *, known IS NOT NULL AS has_profile, price IS NOT NULL AS has_ad, "
        f"{inside} AS inside, {kept} AS kept "
        f'FROM {rows} LEFT JOIN {known} USING ("user"))'
    )
    conditions = (
        "kept",
        "NOT inside",
        "inside AND NOT kept",
        "kept AND NOT has_profile",
        "kept AND NOT has_ad",
    )
    counts = connection.execute(f"SELECT {_counts(conditions)} FROM {rows}").fetchone()
    # What no ad tells is no value.
    ad = ", ".join(f"COALESCE({name}, 0) AS {name}" for name in _OF_AD)
    connection.execute(
        f'COPY (SELECT "user", time, adgroup, pid, clk, {ad} FROM {rows} WHERE kept '
        f"ORDER BY {_IMPRESSION_ORDER}) TO {literal(path)} (FORMAT parquet)"
    )
    return dict(zip(_IMPRESSION_COUNTS, counts, strict=True))


def sort_behaviours(connection, directory, bucket, impressions, path):
    """Writes the behaviours of a bucket, each once, sorted by user and time.

    Kept are those that are earlier than the user's last impression.

    Args:
        connection: DuckDB's.
        directory: Where `read_file` wrote `behavior_log`.
        bucket: Its number.
        impressions: What `sort_impressions` wrote.
        path: The Parquet file to write.

    Returns:
        Counts of what is left out: `duplicates`, `behaviours_outside_days`,
        `no_impression` (the user has none), `later`.
    """
    rows = bucket_rows(directory, bucket)
    shown = parquet(impressions)
    last = f'(SELECT "user", max(time) AS last FROM {shown} GROUP BY 1)'
    distinct = f"(SELECT DISTINCT * FROM {rows})"
    once = f'(SELECT * FROM {distinct} LEFT JOIN {last} USING ("user"))'
    inside = f"time >= {days.FIRST_BEHAVIOUR} AND time < {days.END}"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE once AS FROM {once}")
    conditions = (
        "true",
        f"NOT ({inside})",
        f"{inside} AND last IS NULL",
        f"{inside} AND time >= last",
    )
    kept, *counts = connection.execute(
        f"SELECT {_counts(conditions)} FROM once"
    ).fetchone()
    connection.execute(
        f"COPY (SELECT * EXCLUDE (last) FROM once WHERE {inside} AND time < last "
        f"ORDER BY {_BEHAVIOUR_ORDER}) TO {literal(path)} (FORMAT parquet)"
    )
    connection.execute("DROP TABLE once")
    duplicates = count_rows(connection, rows) - kept
    return dict(zip(_BEHAVIOUR_COUNTS, (duplicates, *counts), strict=True))


def _counts(conditions):
    # Not `count_if`, which is NULL where there are no rows.
    return ", ".join(f"count(*) FILTER (WHERE {c})" for c in conditions)
