"""TWIN-V2's clusters: the old part of a history in fewer, virtual behaviours.

Records store one history a user and a prefix length an impression, clusters are made
of what came before the training window. Both hold because what is compressed is seen
by every impression of the user: behaviours before the window that none of them misses,
the most recent ones aside, which the short-term branch reads as they are. All that
comes later stays as it is, a cluster of one. So no prefix ever ends inside a cluster,
no impression learns of a later behaviour, and prefixes only become shorter, by the
behaviours that the clusters saved.
"""

import numpy as np
from sklearn.cluster import KMeans

from diffumin_tf.data.hashing import hash_buckets_numpy
from diffumin_tf.data.schema import SIZE

_SIGNS = 32


def behaviour_points(columns):
    """Where behaviours stand for k-means: equal ids of a field in one place.

    A field gives each id random signs, made of its hash, so that the squared distance
    of two behaviours is 2 for each field they differ in, in expectation. Trained
    embeddings would know more, but also what was clicked later.

    Args:
        columns: One array of `[n]` ids, integers or strings, for each field.

    Returns:
        `[n, 32 · fields]` float64.
    """
    parts = []
    for ids in columns:
        hashed = hash_buckets_numpy(ids, 2**62)
        bits = hashed[:, None] >> np.arange(_SIGNS) & 1
        parts.append((2.0 * bits - 1.0) / np.sqrt(_SIGNS))
    return np.concatenate(parts, axis=1)


def cluster(points, max_size, groups=None):
    """Recursive k-means, group by group, until no cluster has more than `max_size`.

    A cluster V is split in ⌊|V|^0.3⌋, at least 2. Equal points, which k-means cannot
    split, are cut in the order in which they stand.

    Args:
        points: `[n, m]` float.
        max_size: int, γ.
        groups: `[n]`, what never shares a cluster; None for one group.

    Returns:
        A list of `[size]` int arrays: the members of each cluster, increasing.
    """
    groups = np.zeros(len(points)) if groups is None else np.asarray(groups)
    places = np.unique(points, axis=0, return_inverse=True)[1]
    waiting = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    done = []
    while waiting:
        members = waiting.pop()
        if len(members) <= max_size:
            done.append(members)
            continue
        waiting += _split(points[members], places[members], members, max_size)
    return done


def _split(points, places, members, max_size):
    num_places = len(np.unique(places))
    if num_places == 1:
        return np.split(members, range(max_size, len(members), max_size))
    count = min(max(2, int(len(members) ** 0.3)), num_places)
    # One seed for all: a user's clusters hang on nobody else.
    found = KMeans(count, n_init=1, random_state=0).fit_predict(points)
    return [members[found == group] for group in np.unique(found)]


def num_compressible(user, window_start, num_recent):
    """How many behaviours, from the oldest on, may become clusters.

    Args:
        user: Name to 1-D array, as in the schema.
        window_start: Start of the training window, in seconds.
        num_recent: Behaviours before that which stay as they are.
    """
    before = np.searchsorted(user["history_time"], window_start)
    seen = np.min(user["history_length"], initial=before)
    return max(0, int(min(before, seen)) - num_recent)


def compress_user(user, fields, window_start, max_size, num_recent, group_by=None):
    """A user whose old behaviours are virtual: one for each cluster.

    A virtual behaviour has the mean time of its members, rounded down, and the ids of
    the member nearest to their mean; of equally near ones the most recent.

    Args:
        user: Name to 1-D array, as in the schema.
        fields: Names of the history's fields.
        window_start: As in `num_compressible`.
        max_size: γ, most behaviours of a cluster.
        num_recent: As in `num_compressible`.
        group_by: The field whose ids never share a cluster; None for one group.

    Returns:
        The user with a shorter history, `history_length` to match, and
        `history_size`, how many behaviours each stands for.
    """
    count = num_compressible(user, window_start, num_recent)
    columns = {name: np.asarray(user[name]) for name in (*fields, "history_time")}
    points = behaviour_points([columns[name][:count] for name in fields])
    groups = None if group_by is None else columns[group_by][:count]
    clusters = cluster(points, max_size, groups)
    times = columns["history_time"]
    means = np.array([_mean_time(times[members]) for members in clusters], "int64")
    order = np.argsort(means, kind="stable")
    centres = np.array([_centre(points, clusters[i]) for i in order], "int64")
    kept = np.concatenate([centres, np.arange(count, len(times))])
    sizes = np.array([len(clusters[i]) for i in order], "int64")
    found = {name: values[kept] for name, values in columns.items()}
    found["history_time"][: len(order)] = means[order]
    found[SIZE] = np.concatenate([sizes, np.ones(len(times) - count, "int64")])
    shorter = np.asarray(user["history_length"]) - (count - len(order))
    return {**user, **found, "history_length": shorter}


def _mean_time(times):
    # From the first on, or the sum of many seconds might not be exact.
    return times[0] + (times - times[0]).sum() // len(times)


def _centre(points, members):
    own = points[members]
    distances = np.square(own - own.mean(axis=0)).sum(axis=1)
    nearest = np.flatnonzero(distances <= distances.min() + 1e-9)
    return members[nearest[-1]]
