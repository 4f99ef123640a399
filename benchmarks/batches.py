"""Synthetic batches: the same impressions in each formulation's form."""

import numpy as np
import tensorflow as tf

from diffumin_tf.data.encoding import deduplicate_batch

NUM_FIELDS = 3
EMBEDDING_DIM = 8

# Share of the ids of each field: items are most of a table, shops and categories few.
_FIELD_SHARES = (0.9, 0.08, 0.02)
_SCATTER = 2_654_435_761  # prime, hence prime to any smaller number of ids
_NOW = 1_700_000_000
_PLAIN_INPUTS = ("history", "target", "other", "user_key")


def draw_rows(rng, shape, workload):
    """Rows of the table with popularities like those of a click log.

    The n-th most popular id of a field has about 1/n of its occurrences. Popular ids
    lie anywhere in the field's part of the table, as hashing leaves them.

    Args:
        rng: NumPy generator.
        shape: Tuple of ints.
        workload: A `Workload`.

    Returns:
        `[*shape, 3]` int32; never padding.
    """
    num_ids = workload.num_ids or workload.num_rows - 1
    stride, first, columns = (workload.num_rows - 1) // num_ids, 0, []
    for share in _FIELD_SHARES:
        size = max(int(share * num_ids), 1)
        rank = np.exp(rng.random(shape) * np.log(size + 1)).astype("int64") - 1
        columns.append(
            1 + stride * (first + np.minimum(rank, size - 1) * _SCATTER % size)
        )
        first += size
    return np.stack(columns, axis=-1).astype("int32")


def draw_impressions(workload, seed=0):
    """A batch by name, with one stored history a user, as `CTRModel` describes it.

    Every impression sees l behaviours. The later impressions of a user see later
    ones, up to `slack` further.

    Args:
        workload: A `Workload`.
        seed: int.

    Returns:
        A dict of NumPy arrays of raw ids, times included; and the labels `[B]`.
    """
    rng = np.random.default_rng(seed)
    batch, length = workload.batch_size, workload.sequence_length
    users, stored = workload.num_users, length + workload.slack
    windows = (users, workload.impressions_a_user)
    start = rng.integers(0, workload.slack + 1, windows)
    user = np.repeat(np.arange(users, dtype="int32"), workload.impressions_a_user)
    gaps = rng.lognormal(8, 2, (users, stored)).astype("int64")
    inputs = {
        "history": draw_rows(rng, (users, stored), workload),
        "target": draw_rows(rng, (batch,), workload),
        "other": draw_rows(rng, (batch,), workload),
        "user_index": user,
        "history_start": -np.sort(-start, axis=1).reshape(-1).astype("int32"),
        "history_length": np.full(batch, length, "int32"),
        "user_key": 1 + user.astype("int64"),
        "noise_key": rng.integers(0, 2**31, batch).astype("int32"),
        "history_time": _NOW - np.cumsum(gaps, axis=1),
        "impression_time": np.full(batch, _NOW, "int64"),
    }
    return inputs, (rng.random(batch) < 0.16).astype("float32")


def tile(inputs):
    """The same impressions with a history of its own each, cut to what it sees."""
    length = int(inputs["history_length"][0])
    place = inputs["history_start"][:, None] + np.arange(length)
    user = inputs["user_index"][:, None]
    return {
        **inputs,
        "history": inputs["history"][user, place],
        "history_time": inputs["history_time"][user, place],
        "user_index": np.arange(len(place), dtype="int32"),
        "history_start": np.zeros(len(place), "int32"),
    }


def plain_inputs(inputs):
    """What the straightforward formulation reads: a history a row, no windows."""
    tiled = tile(inputs)
    return {name: tiled[name] for name in _PLAIN_INPUTS}


def to_tensors(inputs):
    """Arrays by name to tensors by name."""
    return {name: tf.constant(value) for name, value in inputs.items()}


def our_inputs(inputs):
    """Tensors as our model gets them, with `user_index` only where it is needed.

    The pipeline gives none where every impression has a history of its own, nor does
    a request that ranks the candidates of one.
    """
    needed = 1 < len(inputs["history"]) < len(inputs["target"])
    return to_tensors(inputs if needed else without_index(inputs))


def without_index(inputs):
    """For histories that each serve equally many rows, one after the other."""
    return {name: inputs[name] for name in inputs if name != "user_index"}


def deduplicated(inputs, num_rows):
    """`our_inputs` as the pipeline delivers them: positions in the distinct rows."""
    return deduplicate_batch(our_inputs(inputs), num_rows)
