"""From users on disk to the same users with their old behaviours in clusters."""

import dataclasses

from threadpoolctl import threadpool_limits

from diffumin_tf.data.cluster_report import ClusterReport
from diffumin_tf.data.history_clusters import compress_user, num_compressible
from diffumin_tf.data.readable_errors import readable_errors
from diffumin_tf.data.records import UserRecords, write_users
from diffumin_tf.data.schema import SIZE


def cluster_histories(
    source,
    directory,
    max_size=20,
    num_recent=100,
    group_by=None,
    num_shards=8,
    compression=None,
):
    """Writes users with what TWIN-V2 reads; see `history_clusters` for what is kept.

    Args:
        source: Directory of users in the native format, not clustered yet, with a
            split `"train"`: only what is before it is compressed.
        directory: New or empty directory.
        max_size: γ, most behaviours of a cluster.
        num_recent: Behaviours before that window which stay as they are; at least
            what the short-term branch reads.
        group_by: Name of the history's field whose ids never share a cluster; None
            for one group.
        num_shards: Number of files.
        compression: `None` or `"GZIP"`.

    Returns:
        `ClusterReport`.

    Raises:
        ValueError: If an argument or the users do not hold.
        OSError: If a file cannot be read or written.
    """
    records = UserRecords(source)
    fields = [field.name for field in records.schema.features.history_fields]
    _check(records.schema, fields, max_size, num_recent, group_by, source)
    schema = dataclasses.replace(records.schema, clustered=True)
    start, _ = schema.splits["train"]
    report = ClusterReport()

    def users():
        for user in records.users().as_numpy_iterator():
            found = compress_user(user, fields, start, max_size, num_recent, group_by)
            report.add(found[SIZE], num_compressible(user, start, num_recent))
            yield found

    # Few points, and sums in the same order: the same users give the same bytes.
    with threadpool_limits(1), readable_errors(records):
        write_users(directory, users(), schema, num_shards, compression)
    return report


def _check(schema, fields, max_size, num_recent, group_by, source):
    for name, value, least in (
        ("max_size", max_size, 1),
        ("num_recent", num_recent, 0),
    ):
        if value < least:
            raise ValueError(f"{name} must be at least {least}. Received: {value}.")
    if group_by is not None and group_by not in fields:
        raise ValueError(
            f"group_by must be one of the history's fields {fields}. "
            f"Received: {group_by!r}."
        )
    if schema.clustered:
        raise ValueError(f"users must not be clustered yet. Received: {source}.")
    if "train" not in schema.splits:
        raise ValueError(
            "users to cluster must have a split 'train'. Received: "
            f"{sorted(schema.splits)} in {source}."
        )
