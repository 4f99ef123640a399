"""How long a model takes to score the candidates of one user."""

import time

import numpy as np
import tensorflow as tf

from diffumin_tf.data.encoding import deduplicate_batch

NUM_CANDIDATES = 500
_REPEATS = 5
# What a batch holds of each impression, and what of each history.
_OF_CANDIDATES = ("target", "other", "dense", "noise_key")
_OF_HISTORIES = ("history", "history_time", "history_size")
_OF_THE_USER = ("user_key", "history_length", "impression_time")


def request_ms(model, data, split, num_candidates=NUM_CANDIDATES, clock=None):
    """Milliseconds from the ids of a request to its click probabilities.

    The candidates come in as few batches of equal size as are no larger than the
    run's own, which are known to fit into memory. Nothing is compiled, as in the
    export.

    Args:
        model: A built `CTRModel`.
        data: The `ClickData` of its run.
        split: The split that user and candidates are drawn from.
        num_candidates: Targets to be scored.
        clock: Returns the time in seconds; that of the machine by default.

    Returns:
        The median of 5 requests, after one that is not counted.
    """
    clock = clock or time.perf_counter
    request = draw_request(model, data, split, num_candidates)
    batches = _in_batches(request, data.batch_size)
    score = tf.function(
        lambda batch: _score(model, batch), input_signature=[_signature(request)]
    )
    seconds = []
    for _ in range(1 + _REPEATS):
        start = clock()
        for batch in batches:
            score(batch).numpy()
        seconds.append(clock() - start)
    return 1000 * float(np.median(seconds[1:]))


def draw_request(model, data, split, num_candidates):
    """One user's history with as many targets.

    The history is the longest of the impressions whose targets are taken, which are
    the split's first; a smaller split's are taken again.

    Args:
        model: A `CTRModel`.
        data: A `ClickData`.
        split: Name of a split.
        num_candidates: n.

    Returns:
        A batch by name, with rows of the table as ids: `history` `[1, l, F]`,
        `target` `[n, F]` and so on.
    """
    found, longest, count = [], None, 0
    for features, *_ in data.split(split, model.reads_time):
        batch = _table_rows({name: value.numpy() for name, value in features.items()})
        found.append({name: batch[name] for name in _OF_CANDIDATES if name in batch})
        user = _longest(batch, data.sequence_length)
        if longest is None or user["history_length"] > longest["history_length"]:
            longest = user
        count += len(batch["target"])
        if count >= num_candidates:
            break
    request = {name: _taken(found, name, num_candidates) for name in found[0]}
    for name, value in longest.items():
        times = 1 if name in _OF_HISTORIES else num_candidates
        request[name] = np.repeat(value[None], times, axis=0)
    return request | {"user_index": np.zeros(num_candidates, np.int32)}


def _table_rows(batch):
    """The batch before its ids became positions among its distinct rows."""
    ids = {name: batch[name] for name in ("history", "target", "other")}
    return batch | {name: batch["rows"][places] for name, places in ids.items()}


def _longest(batch, sequence_length):
    """What there is of the impression with the longest history, by name."""
    place = int(np.argmax(batch["history_length"]))
    index = int(batch["user_index"][place]) if "user_index" in batch else place
    start = batch["history_start"][place]
    window = slice(start, start + sequence_length)
    user = {name: batch[name][place] for name in _OF_THE_USER}
    histories = [name for name in _OF_HISTORIES if name in batch]
    return user | {name: batch[name][index][window] for name in histories}


def _taken(batches, name, count):
    values = np.concatenate([batch[name] for batch in batches])
    return np.resize(values, (count, *values.shape[1:]))


def _in_batches(request, batch_size):
    """Tensors of some candidates each, with the history in all."""
    count = len(request["target"])
    places = np.array_split(np.arange(count), -(-count // batch_size))
    return [
        {
            name: tf.constant(value if name in _OF_HISTORIES else value[rows])
            for name, value in request.items()
        }
        for rows in places
    ]


def _signature(batch):
    """Of any number of candidates."""
    return {
        name: tf.TensorSpec(
            value.shape if name in _OF_HISTORIES else [None, *value.shape[1:]],
            value.dtype,
        )
        for name, value in batch.items()
    }


def _score(model, batch):
    """Click probabilities as the export makes them."""
    distinct = deduplicate_batch(batch, model.embedding.num_rows)
    return model.predict_step((distinct,))
