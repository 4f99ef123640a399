"""The environment variable `TF_CONFIG`, which tells a process who its peers are."""

import json

_RULE = (
    "TF_CONFIG must be JSON such as "
    '{"cluster": {"worker": ["host:port", ...]}, "task": {"type": "worker", '
    '"index": 0}}'
)


def read_tf_config(text, jobs, needed):
    """Reads it, and checks that the processes can find each other by it.

    Args:
        text: The variable's value, or None.
        jobs: Set of str, the jobs that a cluster may have.
        needed: Set of str, those that it must have.

    Returns:
        The type and the index of this process' task.

    Raises:
        ValueError: if there is none, it is no such JSON, it has other jobs or more
            than one chief, an address is no `host:port` or there twice, or the task is
            not in the cluster.
    """
    if not text:
        raise ValueError(f"{_RULE} where several processes train. Received: none.")
    try:
        config = json.loads(text)
        cluster, task = config["cluster"], config["task"]
        kind, index = task["type"], task["index"]
        _check_cluster(cluster, jobs, needed)
        tasks = {job: len(addresses) for job, addresses in cluster.items()}
        known = type(index) is int and 0 <= index < tasks.get(kind, 0)
    except (json.JSONDecodeError, AttributeError, KeyError, TypeError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise ValueError(f"{_RULE}. Received: {text} ({reason}).") from None
    if not known:
        raise ValueError(
            "the task of TF_CONFIG must be one of its cluster, index 0 and up. "
            f"Received: type {kind!r} and index {index!r}, where there are {tasks}."
        )
    return kind, index


def _check_cluster(cluster, jobs, needed):
    if not needed <= set(cluster) <= jobs or len(cluster.get("chief", ())) > 1:
        raise ValueError(
            f"the cluster of TF_CONFIG must have {sorted(needed)}, may have "
            f"{sorted(jobs)}, and one chief at most. Received: {cluster}."
        )
    addresses = [address for job in cluster.values() for address in job]
    for address in addresses:
        host, _, port = str(address).rpartition(":")
        if not host or not port.isdigit() or addresses.count(address) > 1:
            raise ValueError(
                "each process of TF_CONFIG must have a host:port of its own. "
                f"Received: {address!r} of {addresses}."
            )
